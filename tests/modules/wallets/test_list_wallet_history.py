from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.modules.wallets.purse import NOW, Member, NewMember, account_id, fields_of, fund

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.kernel.paging import encode_cursor
from findigi.modules.ledger.store.accounts import ENTRIES_SQL

PATH = "/api/wallets/{}/history"
_MANY = 10_000
# Written past the ledger's code, but under its rules: every journal sums to zero, both balances fit their newest entry.
_FILL_SQL = """
with total as (
    update account a set posted = k.posted, entry_count = $5
    from (values ($2::uuid, $5::bigint), ($3, -$5)) k (id, posted)
    where a.client_id = $1 and a.id = k.id returning a.id
), journals as (
    insert into journal (client_id, is_test, number, id, kind, description, other_client_ids, hash, created_at)
    select $1, true, n, md5('journal ' || n)::uuid, 'demo', 'entry ' || n, '{}', '',
           $4::timestamptz + n * interval '1 s'
    from generate_series(1, $5) n returning id
)
insert into entry (client_id, account_id, number, is_test, journal_client_id, journal_id, position, asset, amount,
                   balance_after, created_at)
select $1, a.id, n, true, $1, md5('journal ' || n)::uuid, a.position, 'IDR', a.sign, a.sign * n,
       $4::timestamptz + n * interval '1 s'
from generate_series(1, $5) n, (values ($2::uuid, 0, 1), ($3::uuid, 1, -1)) a (id, position, sign)"""
_OPPOSITE_SQL = """
insert into account (client_id, id, is_test, code, kind, asset, name, side, created_at)
values ($1, $2, true, 'funding', 'equity', 'IDR', 'funding', 'both', $3)"""


async def _three(database: Database, own: Member) -> dict[str, Any]:
    """A wallet with +100, -30 and +5 on its main account, a day apart."""
    wallet = await own.wallet("Operating", "SGD", "SG")
    for day, amount in enumerate((10_000, -3_000, 500)):
        await fund(
            database,
            own,
            wallet["main_account_id"],
            "SGD",
            amount,
            at=NOW + timedelta(days=day),
            description=f"day {day}",
            operation_id=ids.new_id() if day else None,
            kind="payin" if amount > 0 else "payout",
        )
    return wallet


async def _filled(database: Database, own: Member) -> dict[str, Any]:
    wallet = await own.wallet()
    opposite = ids.new_id()
    async with database.transaction() as tx:
        await tx.run(_OPPOSITE_SQL, own.client_id, opposite, NOW)
        await tx.run(_FILL_SQL, own.client_id, account_id(wallet["main_account_id"]), opposite, NOW, _MANY)
        await tx.run("analyze entry")
        await tx.run("analyze journal")
    return wallet


async def test_entries_carry_the_balance_that_they_left(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await _three(database, own)
    viewer = await member(of=own, role=Role.viewer)
    newest, middle, oldest = await viewer.items(PATH.format(wallet["id"]))
    assert middle == {
        "account_id": wallet["main_account_id"],
        "number": 2,
        "direction": "debit",
        "amount": "-30",
        "asset": "SGD",
        "balance_after": "70",
        "kind": "payout",
        "description": "day 1",
        "journal_id": middle["journal_id"],
        "operation_id": middle["operation_id"],
        "at": "2026-04-11T18:00:00.000Z",
    }
    assert middle["journal_id"].startswith("jrn_")
    assert middle["operation_id"].startswith("op_")
    assert (newest["amount"], newest["balance_after"], newest["direction"]) == ("5", "75", "credit")
    assert (oldest["amount"], oldest["balance_after"], oldest["operation_id"]) == ("100", "100", None)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("direction=credit", [3, 1]),
        ("direction=debit", [2]),
        ("from=2026-04-11T18:00:00Z", [3, 2]),
        ("to=2026-04-11T18:00:00Z", [1]),
        ("from=2026-04-11T18:00:00Z&to=2026-04-12T18:00:00Z", [2]),
        ("from=2026-04-12T01:00:00%2B07:00", [3, 2]),
        ("to=2026-04-12T18:00:00.001Z&direction=credit&limit=1", [3]),
        ("from=2027-01-01T00:00:00Z", []),
    ],
)
async def test_filters_combine(database: Database, member: NewMember, query: str, numbers: list[int]) -> None:
    own = await member()
    wallet = await _three(database, own)
    assert [entry["number"] for entry in await own.items(PATH.format(wallet["id"]) + "?" + query)] == numbers


async def test_a_sub_account_has_its_own_history(database: Database, member: NewMember) -> None:
    own = await member()
    wallet, other = await own.wallet(), await own.wallet("Other")
    reserve = await own.account(wallet["id"])
    await fund(database, own, reserve["id"], "IDR", 777)
    path = PATH.format(wallet["id"])
    assert await own.items(path) == []
    (entry,) = await own.items(f"{path}?account_id={reserve['id']}")
    assert (entry["account_id"], entry["amount"]) == (reserve["id"], "7.77")
    main = wallet["main_account_id"]
    assert await own.items(f"{path}?account_id={main}") == []
    for wrong in (other["main_account_id"], main.replace("acc_", "wal_"), "acc_01k8m3va2ye5w8h0q6n4rjc7ta"):
        assert fields_of(await own.get(f"{path}?account_id={wrong}"), 404, "NOT_FOUND") == []
    assert fields_of(await own.get(PATH.format(other["id"]) + f"?account_id={reserve['id']}"), 404, "NOT_FOUND") == []


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(database: Database, member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await _three(database, own)
    theirs = await other.wallet()
    for stranger in (other, own.live()):
        assert fields_of(await stranger.get(PATH.format(wallet["id"])), 404, "NOT_FOUND") == []
    sneaky = PATH.format(theirs["id"]) + f"?account_id={wallet['main_account_id']}"
    assert fields_of(await other.get(sneaky), 404, "NOT_FOUND") == []
    assert (await own.get(PATH.format(wallet["main_account_id"]))).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("direction=up", "direction"),
        ("from=yesterday", "from"),
        ("from=2026-04-11T18:00:00", "from"),
        ("to=2026-04-11", "to"),
        ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("from=2026-04-12T00:00:00Z&to=2026-04-11T00:00:00Z", "from"),
        ("since=2026-04-11T18:00:00Z", "since"),
        ("limit=1000", "limit"),
        ("cursor=nonsense", "cursor"),
        (f"cursor={encode_cursor('x')}", "cursor"),
        (f"cursor={encode_cursor(0)}", "cursor"),
        (f"cursor={encode_cursor(-5)}", "cursor"),
        (f"cursor={encode_cursor(2**63)}", "cursor"),
        (f"cursor={encode_cursor(1, 2)}", "cursor"),
    ],
)
async def test_a_bad_query_is_refused_by_the_fields_name(member: NewMember, query: str, field: str) -> None:
    own = await member()
    wallet = await own.wallet()
    assert fields_of(await own.get(PATH.format(wallet["id"]) + "?" + query), 400, "VALIDATION_ERROR") == [field]


async def test_all_of_ten_thousand_entries_are_paged_once_each(database: Database, member: NewMember) -> None:
    own = await member()
    path = PATH.format((await _filled(database, own))["id"]) + "?limit=100"
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = (await own.get(path + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [entry["number"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list(range(_MANY, 0, -1))


async def test_a_page_deep_in_the_history_reads_only_its_own_rows(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await _filled(database, own)
    async with database.reading() as tx:
        plan = await tx.value(
            "explain (analyze, format json) " + ENTRIES_SQL,
            own.client_id, account_id(wallet["main_account_id"]), 5_000, None, None, None, 101,
        )  # fmt: skip
    scans = [node for node in _nodes(plan) if node.get("Relation Name") == "entry"]
    assert [node["Index Name"] for node in scans] == ["entry_pkey"]
    assert scans[0]["Actual Rows"] <= 101


def _nodes(plan: str) -> list[dict[str, Any]]:
    """All nodes of an explained plan."""
    waiting = [json.loads(plan)[0]["Plan"]]
    found: list[dict[str, Any]] = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.get("Plans", [])
    return found


async def test_the_file_holds_the_filtered_entries(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await _three(database, own)
    answer = await own.get(PATH.format(wallet["id"]) + "?limit=1&from=2026-04-11T00:00:00Z", accept="text/csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "x-next-cursor" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["number"], row["amount"], row["balance_after"], row["direction"]) for row in rows] == [
        ("3", "5", "75", "credit"),
        ("2", "-30", "70", "debit"),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
async def test_a_formula_is_not_run_by_a_spreadsheet(database: Database, member: NewMember, start: str) -> None:
    own = await member()
    wallet = await own.wallet()
    text = start + 'HYPERLINK("http://example.com","you won")'
    await fund(database, own, wallet["main_account_id"], "IDR", 1, description=text)
    answer = await own.get(PATH.format(wallet["id"]), accept="text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["description"] == "'" + text


async def test_a_long_file_says_how_it_goes_on(
    database: Database, member: NewMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("findigi.modules.wallets.routes.EXPORT_LIMIT", 2)
    own = await member()
    path = PATH.format((await _three(database, own))["id"])
    first = await own.get(path, accept="text/csv")
    rest = await own.get(f"{path}?cursor={first.headers['x-next-cursor']}", accept="text/csv")
    numbers = [row["number"] for answer in (first, rest) for row in csv.DictReader(io.StringIO(answer.text))]
    assert numbers == ["3", "2", "1"]
    assert "x-next-cursor" not in rest.headers
