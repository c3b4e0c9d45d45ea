from __future__ import annotations

import pytest
from tests.modules.wallets.purse import NewMember, fields_of, fund, hold

from findigi.kernel.context import Role
from findigi.kernel.db import Database

PATH = "/api/wallets/{}/accounts"


async def test_a_new_wallet_has_its_main_account(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet("Operating")
    viewer = await member(of=own, role=Role.viewer)
    assert await viewer.items(PATH.format(wallet["id"])) == [
        {
            "id": wallet["main_account_id"],
            "wallet_id": wallet["id"],
            "purpose": "main",
            "label": "Operating",
            "status": "open",
            "balance": {"asset": "IDR", "posted": "0", "held": "0", "available": "0"},
            "created_at": wallet["created_at"],
        }
    ]


async def test_each_account_shows_its_own_balance(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    reserve = await own.account(wallet["id"], "reserve", "Tax")
    virtual = await own.account(wallet["id"], "virtual_account", "Acme")
    await fund(database, own, reserve["id"], "IDR", 500)
    await hold(database, own, reserve["id"], 200)
    shown = {account["id"]: account for account in await own.items(PATH.format(wallet["id"]))}
    assert len(shown) == 3
    assert shown[virtual["id"]] == virtual
    assert shown[reserve["id"]] == reserve | {"balance": {"asset": "IDR", "posted": "5", "held": "2", "available": "3"}}


async def test_pages_hold_each_account_once(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    made = {wallet["main_account_id"]} | {(await own.account(wallet["id"], label=f"r{n}"))["id"] for n in range(4)}
    seen: list[str] = []
    cursor: str | None = None
    for size in (2, 2, 1):
        answer = await own.get(PATH.format(wallet["id"]) + "?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        page = answer.json()
        assert len(page["items"]) == size
        seen += [account["id"] for account in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(("query", "field"), [("cursor=nonsense", "cursor"), ("limit=x", "limit"), ("a=b", "a")])
async def test_a_bad_query_is_refused_by_the_fields_name(member: NewMember, query: str, field: str) -> None:
    own = await member()
    wallet = await own.wallet()
    assert fields_of(await own.get(PATH.format(wallet["id"]) + "?" + query), 400, "VALIDATION_ERROR") == [field]


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await own.wallet()
    for stranger in (other, own.live()):
        assert fields_of(await stranger.get(PATH.format(wallet["id"])), 404, "NOT_FOUND") == []
    assert (await own.get(PATH.format(wallet["main_account_id"]))).status_code == 404
