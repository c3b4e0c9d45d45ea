from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.modules.bank import FUND, TRANSFERS, Bank, Party, moved, pages, transfer
from tests.modules.house import Clock
from tests.modules.house_fixtures import clock
from tests.modules.wallets.purse import Member, fields_of

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.context import Role

PATH = "/api/transactions"
__all__ = ["clock"]


async def feed(member: Member, **query: object) -> list[dict[str, Any]]:
    return await member.items(f"{PATH}?{urlencode(query)}")


async def descriptions(member: Member, **query: object) -> list[str]:
    return [row["description"] for row in await feed(member, **query)]


async def story(bank: Bank, party: Party, clock: Clock) -> tuple[Member, Party, dict[str, str]]:
    """Ten minutes apart each: funding of 100 IDR and 5 USD, rent 30 to a second wallet, 20.5 to Beta, 7 from Beta."""
    other, second = await bank.party(name="Beta"), (await party.owner.wallet("Second"))["id"]
    owner, own = party.owner, party.test
    clock.ahead = -timedelta(minutes=50)
    steps = [
        (owner, FUND, {"wallet_id": own["IDR"], "amount": "100"}),
        (owner, FUND, {"wallet_id": own["USD"], "amount": "5"}),
        (owner, TRANSFERS, transfer(own["IDR"], second, "30", description="rent", reference="INV-7_50%")),
        (owner, TRANSFERS, transfer(own["IDR"], other.test["IDR"], "20.5", description="To Beta")),
        (other.owner, TRANSFERS, transfer(other.test["IDR"], own["IDR"], "7", description="From Beta")),
    ]
    moments: dict[str, str] = {}
    for member, path, body in steps:
        answer = await member.post(path, body)
        assert answer.status_code == 201, answer.text
        item = answer.json()["item"]
        moments[item["description"] + item["asset"]] = item["created_at"]
        clock.forward(minutes=10)
    return owner, other, {**moments, "second": second}


async def test_everything_that_moved_newest_first(bank: Bank, party: Party, clock: Clock) -> None:
    owner, other, _ = await story(bank, party, clock)
    rows = await feed(owner)
    assert [(row["type"], row["direction"], row["amount"], row["asset"]) for row in rows] == [
        ("wallet_transfer", "in", "7", "IDR"),
        ("wallet_transfer", "own", "20.5", "IDR"),
        ("wallet_transfer", "own", "30", "IDR"),
        ("payin", "own", "5", "USD"),
        ("payin", "own", "100", "IDR"),
    ]
    assert await descriptions(other.owner) == ["From Beta", "To Beta"]
    assert await feed(owner.live()) == []
    viewer = await bank.colleague(owner, Role.viewer)
    assert await feed(viewer) == rows


async def test_each_filter_keeps_what_it_names(bank: Bank, party: Party, clock: Clock) -> None:
    owner, other, known = await story(bank, party, clock)
    assert await descriptions(owner, type="payin", asset="USD") == ["Sandbox funding"]
    assert await descriptions(owner, type="wallet_transfer") == ["From Beta", "To Beta", "rent"]
    assert await descriptions(owner, type="manual_journal") == []
    assert len(await feed(owner, status="completed")) == 5
    assert await feed(owner, status="failed") == []
    assert len(await feed(owner, asset="IDR")) == 4
    assert await descriptions(owner, wallet_id=known["second"]) == ["rent"]
    assert await descriptions(owner, wallet_id=other.test["IDR"]) == ["From Beta", "To Beta"]
    assert len(await feed(owner, wallet_id=party.test["IDR"])) == 4
    assert await descriptions(owner, asset="IDR", min_amount="20.5") == ["To Beta", "rent", "Sandbox funding"]
    assert await descriptions(owner, asset="IDR", min_amount="20.51", max_amount="99.99") == ["rent"]
    assert await descriptions(owner, asset="IDR", max_amount="7") == ["From Beta"]


async def test_a_range_of_time_begins_with_its_first_and_ends_before_its_last_moment(
    bank: Bank, party: Party, clock: Clock
) -> None:
    owner, _, known = await story(bank, party, clock)
    rent, from_beta = known["rentIDR"], known["From BetaIDR"]
    assert await descriptions(owner, **{"from": rent, "to": from_beta}) == ["To Beta", "rent"]
    assert await descriptions(owner, **{"from": from_beta}) == ["From Beta"]
    assert len(await feed(owner, to=rent)) == 2
    singapore = rent.replace("Z", "+08:00")
    assert len(await feed(owner, to=singapore)) == 0
    assert await feed(owner, **{"from": from_beta, "to": rent}) == []


async def test_text_is_found_in_description_and_reference_as_it_stands(bank: Bank, party: Party, clock: Clock) -> None:
    owner, _, _ = await story(bank, party, clock)
    assert await descriptions(owner, q="RENT") == ["rent"]
    assert await descriptions(owner, q="beta") == ["From Beta", "To Beta"]
    assert await descriptions(owner, q="7_50%") == ["rent"]
    assert await descriptions(owner, q="7-50") == []
    assert await descriptions(owner, q="_") == ["rent"]
    assert await descriptions(owner, q="%") == ["rent"]
    assert await descriptions(owner, q="\\") == []


async def test_as_a_file_it_has_the_same_rows(bank: Bank, party: Party, clock: Clock) -> None:
    owner, _, _ = await story(bank, party, clock)
    answer = await owner.get(f"{PATH}?type=wallet_transfer", accept="text/csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="transactions.csv"'
    assert "x-next-cursor" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    shown = await feed(owner, type="wallet_transfer")
    assert [row["id"] for row in rows] == [row["id"] for row in shown]
    names = ("created_at", "direction", "amount", "asset", "source_wallet_id", "destination_wallet_id")
    assert [[row[name] for name in names] for row in rows] == [[row[name] for name in names] for row in shown]


async def test_a_formula_in_the_file_is_text(bank: Bank, party: Party) -> None:
    second = (await party.owner.wallet("Second"))["id"]
    await bank.fund(party.owner, party.test["IDR"], "10")
    for text in ('=HYPERLINK("http://x")', "+1+1", "@SUM(A1)", 'a,"b"\nc'):
        await moved(party.owner, party.test["IDR"], second, description=text)
    answer = await party.owner.get(f"{PATH}?type=wallet_transfer", accept="text/csv")
    found = {row["description"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    assert found == {'\'=HYPERLINK("http://x")', "'+1+1", "'@SUM(A1)", 'a,"b"\nc'}


async def test_250_rows_come_once_each_while_new_ones_arrive(bank: Bank, party: Party) -> None:
    owner, a, b = party.owner, party.test["IDR"], (await party.owner.wallet("Second"))["id"]
    beta = await bank.party(name="Beta")
    await bank.fund(owner, a, "1000")
    await bank.fund(beta.owner, beta.test["IDR"], "1000")
    for number in range(250):
        if number % 5:
            await moved(owner, a, b, "1", reference=str(number))
        else:
            await moved(beta.owner, beta.test["IDR"], a, "1", reference=str(number))
    seen: list[str] = []
    async for page in pages(owner, PATH, limit=23, type="wallet_transfer"):
        seen += [row["reference"] for row in page]
        await moved(owner, a, b, "1", reference="new")
        await moved(beta.owner, beta.test["IDR"], a, "1", reference="new")
    assert sorted(map(int, seen)) == list(range(250))


async def test_a_page_that_ends_with_the_list_says_so(bank: Bank, party: Party) -> None:
    for _ in range(4):
        await bank.fund(party.owner, party.test["IDR"], "1")
    assert [len(page) async for page in pages(party.owner, PATH, limit=2)] == [2, 2]
    assert [len(page) async for page in pages(party.owner, PATH, limit=3)] == [3, 1]
    assert [len(page) async for page in pages(party.owner, PATH, limit=100)] == [4]


EXTREMES = (
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00-14:00", "1969-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59+14:00",
)  # fmt: skip


@pytest.mark.parametrize("moment", EXTREMES)
@pytest.mark.parametrize("name", ["from", "to"])
async def test_no_moment_is_a_fault_of_ours(bank: Bank, party: Party, name: str, moment: str) -> None:
    await bank.fund(party.owner, party.test["IDR"], "1")
    answer = await party.owner.get(f"{PATH}?{name}={quote(moment)}")
    outside = moment in (EXTREMES[0], EXTREMES[4])
    if outside:
        assert fields_of(answer, 400, "VALIDATION_ERROR") == [name]
    else:
        long_ago = moment[0] in "01"
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) == (long_ago == (name == "from"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=WyJ4Il0", "cursor"),
        ("cursor=", "cursor"),
        ("type=gift", "type"),
        ("status=done", "status"),
        ("asset=XXX", "asset"),
        ("min_amount=1", "min_amount"),
        ("max_amount=1", "max_amount"),
        ("asset=IDR&min_amount=-1", "min_amount"),
        ("asset=IDR&max_amount=1.234", "max_amount"),
        ("from=yesterday", "from"),
        ("from=2026-04-10T18:00:00", "from"),
        ("to=2026-13-01T00:00:00Z", "to"),
        ("q=", "q"),
        ("q=" + "x" * 101, "q"),
        ("q=%00", "q"),
        ("sort=asc", "sort"),
    ],
)
async def test_a_bad_parameter_is_refused_by_name(party: Party, query: str, field: str) -> None:
    assert fields_of(await party.owner.get(f"{PATH}?{query}"), 400, "VALIDATION_ERROR") == [field]


async def test_an_id_that_is_no_wallets_is_a_404(party: Party) -> None:
    answer = await party.owner.get(f"{PATH}?wallet_id=op_x")
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")
    assert await feed(party.owner, wallet_id=ids.to_text(ids.WALLET, ids.new_id())) == []


async def test_another_workspaces_feed_is_not_there(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    answer = await party.owner.get(f"{PATH}?client_id={other.owner.client}")
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")
    assert (await bank.http.get(PATH)).status_code == 401


async def test_times_are_those_of_the_movement(bank: Bank, party: Party, clock: Clock) -> None:
    funded = await bank.fund(party.owner, party.test["IDR"], "1")
    assert funded["created_at"] == funded["completed_at"] == funded["updated_at"] == funded["timeline"][0]["at"]
    assert funded["created_at"] <= to_text(clock.now())
