from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tests.modules.wallets.purse import NewMember, account_id, fields_of

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger import read_accounts
from findigi.modules.wallets.model import MOST_ACCOUNTS, check_digit, virtual_account_number

PATH = "/api/wallets/{}/accounts"
BODY = {"purpose": "reserve", "label": "Tax"}


async def test_a_reserve_is_an_account_in_the_ledger(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet("Operating", "SGD", "SG")
    answer = await own.post(PATH.format(wallet["id"]), BODY | {"client_id": own.client, "label": " Tax  2026 "})
    assert answer.status_code == 201
    account = answer.json()["item"]
    assert account == {
        "id": account["id"],
        "wallet_id": wallet["id"],
        "purpose": "reserve",
        "label": "Tax 2026",
        "status": "open",
        "balance": {"asset": "SGD", "posted": "0", "held": "0", "available": "0"},
        "created_at": account["created_at"],
    }
    key = (own.client_id, account_id(account["id"]))
    async with database.reading() as tx:
        ledger = (await read_accounts(tx, [key]))[key]
    assert (ledger.code, ledger.kind, ledger.side, ledger.asset, ledger.name) == (
        f"wallet/{account['id']}",
        "liability",
        "credit",
        "SGD",
        "Tax 2026",
    )


async def test_a_virtual_account_has_a_number_made_from_its_id(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    account = await own.account(wallet["id"], "virtual_account", "Acme")
    number = account["number"]
    assert (len(number), number[:2]) == (16, "88")
    assert number == virtual_account_number(account_id(account["id"]))
    assert number[-1] == check_digit(number[:-1])


async def test_a_number_is_never_given_out_twice(
    database: Database, member: NewMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = await member(), await member()
    first = await own.account((await own.wallet())["id"], "virtual_account", "Acme")
    taken, free = account_id(first["id"]), ids.new_id()
    twin = UUID(int=taken.int + 10**13)  # the same 13 digits
    assert virtual_account_number(twin) == first["number"]
    theirs = await other.live().wallet()
    offered = iter((twin, free))

    def offer(_moment: datetime) -> UUID:
        return next(offered)

    monkeypatch.setattr(ids, "id_at", offer)
    second = await other.live().account(theirs["id"], "virtual_account", "Acme")
    assert second["number"] == virtual_account_number(free)
    async with database.reading() as tx:
        assert await tx.value("select count(*) from virtual_account_directory") == 2


async def test_the_same_key_opens_one_account(member: NewMember) -> None:
    own = await member()
    path = PATH.format((await own.wallet())["id"])
    first = await own.post(path, BODY, **{"idempotency-key": "a"})
    again = await own.post(path, BODY, **{"idempotency-key": "a"})
    assert (first.status_code, first.content) == (201, again.content)
    assert len(await own.items(path)) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": "main"}, "purpose"),
        ({"purpose": "savings"}, "purpose"),
        ({"label": ""}, "label"),
        ({"label": " "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"number": "123"}, "number"),
    ],
)
async def test_a_bad_field_is_refused_by_its_name(member: NewMember, change: dict[str, Any], field: str) -> None:
    own = await member()
    path = PATH.format((await own.wallet())["id"])
    assert fields_of(await own.post(path, BODY | change), 400, "VALIDATION_ERROR") == [field]
    assert len(await own.items(path)) == 1


async def test_a_closed_wallet_takes_no_more_accounts(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    assert (await own.post(f"/api/wallets/{wallet['id']}/close")).status_code == 200
    assert fields_of(await own.post(PATH.format(wallet["id"]), BODY), 409, "INVALID_STATE") == []


async def test_a_wallet_has_a_largest_number_of_accounts_whatever_races(member: NewMember) -> None:
    own = await member()
    path = PATH.format((await own.wallet())["id"])
    for _ in range(MOST_ACCOUNTS - 3):
        await own.post(path, BODY)
    answers = await asyncio.gather(*(own.post(path, BODY) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422, 422]
    assert {answer.json()["error"] for answer in answers if answer.status_code == 422} == {"LIMIT_EXCEEDED"}
    assert len(await own.items(path + "?limit=100")) == MOST_ACCOUNTS


async def test_it_takes_an_admin_of_the_same_workspace_and_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await own.wallet()
    path = PATH.format(wallet["id"])
    for role in (Role.viewer, Role.checker, Role.maker):
        weak = await member(of=own, role=role)
        assert fields_of(await weak.post(path, BODY), 403, "FORBIDDEN") == []
    for stranger in (other, own.live()):
        assert fields_of(await stranger.post(path, BODY), 404, "NOT_FOUND") == []
    assert (await own.post(PATH.format(wallet["main_account_id"]), BODY)).status_code == 404
    assert len(await own.items(path)) == 1
