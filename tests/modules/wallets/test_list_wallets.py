from __future__ import annotations

from datetime import timedelta

import pytest
from tests.modules.wallets.purse import NOW, NewMember, fields_of, fund, hold

from findigi.kernel.context import Role
from findigi.kernel.db import Database, Tx
from findigi.modules.wallets import open_wallet

PATH = "/api/wallets"


async def test_each_wallet_shows_the_sum_over_its_accounts(database: Database, member: NewMember) -> None:
    own = await member()
    idr = await own.wallet("Operating IDR")
    sgd = await own.wallet("Operating SGD", "SGD", "SG")
    reserve = await own.account(idr["id"])
    await fund(database, own, idr["main_account_id"], "IDR", 1_000_050)
    await fund(database, own, reserve["id"], "IDR", 250_000)
    await hold(database, own, reserve["id"], 50_000)

    viewer = await member(of=own, role=Role.viewer)
    shown = {wallet["id"]: wallet for wallet in await viewer.items(PATH)}

    assert shown[sgd["id"]]["balance"] == {"asset": "SGD", "posted": "0", "held": "0", "available": "0"}
    assert shown[idr["id"]] == {
        "id": idr["id"],
        "client_id": own.client,
        "mode": "test",
        "name": "Operating IDR",
        "country": "ID",
        "asset": "IDR",
        "type": "operating",
        "is_primary": True,
        "status": "open",
        "main_account_id": idr["main_account_id"],
        "balance": {"asset": "IDR", "posted": "12500.5", "held": "500", "available": "12000.5"},
        "created_at": idr["created_at"],
    }


async def test_the_number_of_statements_does_not_grow_with_the_wallets(
    member: NewMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await member()
    counts: list[int] = []
    asked: list[str] = []
    original = Tx.rows

    async def counting(self: Tx, sql: str, *args: object) -> object:
        asked.append(sql)
        return await original(self, sql, *args)

    monkeypatch.setattr(Tx, "rows", counting)
    for _ in range(2):
        for name in ("a", "b", "c"):
            wallet = await own.wallet(name)
            await own.account(wallet["id"])
        asked.clear()
        await own.items(PATH)
        counts.append(len(asked))
    assert counts[0] == counts[1] == 3


async def test_pages_follow_each_other_newest_first(database: Database, member: NewMember) -> None:
    own = await member()
    async with database.transaction() as tx:
        for minute in range(5):
            await open_wallet(
                tx,
                client_id=own.client_id,
                is_test=True,
                name=f"w{minute}",
                country="ID",
                asset="IDR",
                now=NOW + timedelta(minutes=minute),
            )
    seen: list[str] = []
    cursor: str | None = None
    for size in (2, 2, 1):
        answer = await own.get(f"{PATH}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        page = answer.json()
        assert len(page["items"]) == size
        seen += [wallet["name"] for wallet in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["w4", "w3", "w2", "w1", "w0"]
    assert cursor is None


async def test_filters_keep_one_asset_and_one_status(member: NewMember) -> None:
    own = await member()
    idr, sgd = await own.wallet(), await own.wallet("S", "SGD", "SG")
    closed = await own.wallet("Old", "IDR")
    assert (await own.post(f"{PATH}/{closed['id']}/close")).status_code == 200

    async def shown(query: str) -> set[str]:
        return {wallet["id"] for wallet in await own.items(f"{PATH}?{query}")}

    assert await shown("asset=SGD") == {sgd["id"]}
    assert await shown("asset=IDR") == {idr["id"], closed["id"]}
    assert await shown("asset=IDR&status=open") == {idr["id"]}
    assert await shown("status=closed") == {closed["id"]}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("asset=XXX", "asset"),
        ("status=half", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("colour=blue", "colour"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyJ4Il0", "cursor"),  # ["x"]
        ("cursor=WzFd", "cursor"),  # [1]
        ("cursor=", "cursor"),
    ],
)
async def test_a_bad_query_is_refused_by_the_fields_name(member: NewMember, query: str, field: str) -> None:
    own = await member()
    assert fields_of(await own.get(f"{PATH}?{query}"), 400, "VALIDATION_ERROR") == [field]


async def test_other_workspaces_and_the_other_mode_stay_apart(member: NewMember) -> None:
    own, other = await member(), await member()
    mine, theirs, live = await own.wallet(), await other.wallet(), await own.live().wallet()
    assert [wallet["id"] for wallet in await own.items(PATH)] == [mine["id"]]
    assert [wallet["id"] for wallet in await other.items(PATH)] == [theirs["id"]]
    assert [(wallet["id"], wallet["mode"]) for wallet in await own.live().items(PATH)] == [(live["id"], "live")]
    assert (await own.get(f"{PATH}?client_id={other.client}")).status_code == 404
