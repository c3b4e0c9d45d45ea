from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.wallets.purse import NewMember, account_id, fields_of

from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger import read_accounts

PATH = "/api/wallets"
BODY: dict[str, Any] = {"name": "Operating IDR", "country": "ID", "asset": "IDR"}


async def test_a_wallet_is_opened_with_its_account_in_the_ledger(database: Database, member: NewMember) -> None:
    own = await member()
    answer = await own.post(PATH, BODY | {"client_id": own.client})
    wallet = answer.json()["item"]
    assert answer.status_code == 201
    assert (wallet["name"], wallet["country"], wallet["asset"], wallet["status"]) == (
        "Operating IDR",
        "ID",
        "IDR",
        "open",
    )
    assert wallet["balance"] == {"asset": "IDR", "posted": "0", "held": "0", "available": "0"}
    assert wallet == await own.item(f"{PATH}/{wallet['id']}")
    key = (own.client_id, account_id(wallet["main_account_id"]))
    async with database.reading() as tx:
        account = (await read_accounts(tx, [key]))[key]
    assert (account.code, account.kind, account.side, account.asset, account.name, account.is_test) == (
        f"wallet/{wallet['main_account_id']}",
        "liability",
        "credit",
        "IDR",
        "Operating IDR",
        True,
    )


async def test_the_first_of_an_asset_and_mode_is_primary(member: NewMember) -> None:
    own = await member()
    made = [
        await own.wallet("a"),
        await own.wallet("b"),
        await own.wallet("c", "SGD", "SG"),
        await own.live().wallet("d"),
    ]
    assert [wallet["is_primary"] for wallet in made] == [True, False, True, True]


async def test_of_many_first_ones_at_once_one_is_primary(member: NewMember) -> None:
    own = await member()
    made = await asyncio.gather(*(own.wallet(f"w{number}") for number in range(8)))
    assert sum(wallet["is_primary"] for wallet in made) == 1


async def test_the_same_key_opens_one_wallet_and_answers_the_same_bytes(member: NewMember) -> None:
    own = await member()
    key = {"idempotency-key": "open-1"}
    first, again = await own.post(PATH, BODY, **key), await own.post(PATH, BODY, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await own.items(PATH)) == 1
    other = await own.post(PATH, BODY | {"name": "Other"}, **key)
    assert fields_of(other, 422, "IDEMPOTENCY_KEY_REUSED") == []


async def test_a_name_is_tidied(member: NewMember) -> None:
    assert (await (await member()).wallet("  Operating \u00a0 IDR\t"))["name"] == "Operating IDR"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "bell\x07"}, "name"),
        ({"name": 5}, "name"),
        ({"country": "id"}, "country"),
        ({"country": "XX"}, "country"),
        ({"country": ""}, "country"),
        ({"asset": "XXX"}, "asset"),
        ({"asset": "USDT"}, "asset"),
        ({"asset": "idr"}, "asset"),
        ({"colour": "blue"}, "colour"),
        ({"name": ...}, "name"),
        ({"country": ...}, "country"),
        ({"asset": ...}, "asset"),
    ],
)
async def test_a_bad_field_is_refused_by_its_name(member: NewMember, change: dict[str, Any], field: str) -> None:
    own = await member()
    body = {name: value for name, value in (BODY | change).items() if value is not ...}
    assert fields_of(await own.post(PATH, body), 400, "VALIDATION_ERROR") == [field]
    assert await own.items(PATH) == []


@pytest.mark.parametrize("role", [Role.viewer, Role.checker, Role.maker])
async def test_it_takes_an_admin(member: NewMember, role: Role) -> None:
    own = await member()
    weak, admin = await member(of=own, role=role), await member(of=own, role=Role.admin)
    assert fields_of(await weak.post(PATH, BODY), 403, "FORBIDDEN") == []
    assert (await admin.post(PATH, BODY)).status_code == 201


async def test_not_in_somebody_elses_workspace(member: NewMember) -> None:
    own, other = await member(), await member()
    assert (await own.post(PATH, BODY | {"client_id": other.client})).status_code == 404
    assert await other.items(PATH) == []
