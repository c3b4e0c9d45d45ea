from __future__ import annotations

from tests.modules.wallets.purse import NewMember, fields_of, fund, hold

from findigi.kernel.context import Role
from findigi.kernel.db import Database

PATH = "/api/wallets/{}/balances"


async def test_the_total_is_the_sum_of_the_accounts(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet("Operating", "SGD", "SG")
    main = wallet["main_account_id"]
    reserve = await own.account(wallet["id"], "reserve", "Tax")
    await fund(database, own, main, "SGD", 10_001)
    await hold(database, own, main, 2_000)
    await fund(database, own, reserve["id"], "SGD", 599)

    viewer = await member(of=own, role=Role.viewer)
    assert await viewer.item(PATH.format(wallet["id"])) == {
        "wallet_id": wallet["id"],
        "asset": "SGD",
        "posted": "106",
        "held": "20",
        "available": "86",
        "accounts": [
            {
                "id": main,
                "purpose": "main",
                "label": "Operating",
                "status": "open",
                "asset": "SGD",
                "posted": "100.01",
                "held": "20",
                "available": "80.01",
            },
            {
                "id": reserve["id"],
                "purpose": "reserve",
                "label": "Tax",
                "status": "open",
                "asset": "SGD",
                "posted": "5.99",
                "held": "0",
                "available": "5.99",
            },
        ],
    }


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await own.wallet()
    for stranger in (other, own.live()):
        assert fields_of(await stranger.get(PATH.format(wallet["id"])), 404, "NOT_FOUND") == []
    assert (await own.get(PATH.format(wallet["main_account_id"]))).status_code == 404


async def test_an_unknown_query_parameter_is_refused(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    answer = await own.get(PATH.format(wallet["id"]) + "?limit=5")
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["limit"]
