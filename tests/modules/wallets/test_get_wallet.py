from __future__ import annotations

import pytest
from tests.modules.wallets.purse import NewMember, fields_of, fund, hold

from findigi.kernel.context import Role
from findigi.kernel.db import Database

PATH = "/api/wallets/{}"


async def test_a_wallet_shows_its_balance(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet("Yen", "JPY", "JP")
    await fund(database, own, wallet["main_account_id"], "JPY", 1_000)
    await hold(database, own, wallet["main_account_id"], 300)
    viewer = await member(of=own, role=Role.viewer)
    assert await viewer.item(PATH.format(wallet["id"])) == wallet | {
        "balance": {"asset": "JPY", "posted": "1000", "held": "300", "available": "700"}
    }


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await own.wallet()
    for stranger in (other, own.live()):
        assert fields_of(await stranger.get(PATH.format(wallet["id"])), 404, "NOT_FOUND") == []


@pytest.mark.parametrize("wrong", ["acc_01k8m3va2ye5w8h0q6n4rjc7ta", "wal_01k8m3va2ye5w8h0q6n4rjc7ta", "wal_x", "1"])
async def test_an_id_that_is_none_is_not_found(member: NewMember, wrong: str) -> None:
    own = await member()
    assert fields_of(await own.get(PATH.format(wrong)), 404, "NOT_FOUND") == []


async def test_the_wallets_id_with_another_prefix_is_not_found(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    assert (await own.get(PATH.format(wallet["id"].replace("wal_", "acc_")))).status_code == 404


async def test_an_unknown_query_parameter_is_refused(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    answer = await own.get(PATH.format(wallet["id"]) + "?deep=true")
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["deep"]
