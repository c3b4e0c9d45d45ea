from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.ledger.books import house_account, posting, told
from tests.modules.wallets.purse import Member, NewMember, account_id, fields_of, fund, hold, somebody_waits

from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger import HOUSE, Line, Posting, Writer, close_accounts, post_one

PATH = "/api/wallets/{}/close"


async def _payment(database: Database, own: Member, account: str, amount: int = 500) -> Posting:
    source = await house_account(database, "funding", "IDR")
    return posting(own.client_id, Line(HOUSE, source.id, -amount), Line(own.client_id, account_id(account), amount))


async def _balance(own: Member, wallet: dict[str, Any]) -> tuple[str, str]:
    shown = await own.item(f"/api/wallets/{wallet['id']}")
    return shown["status"], shown["balance"]["posted"]


async def test_an_empty_wallet_closes_with_its_accounts_and_stays_readable(
    database: Database, member: NewMember, writer: Writer
) -> None:
    own = await member()
    wallet = await own.wallet()
    main = wallet["main_account_id"]
    reserve = await own.account(wallet["id"])
    await fund(database, own, main, "IDR", 100)
    await fund(database, own, main, "IDR", -100)
    answer = await own.post(PATH.format(wallet["id"]), {"client_id": own.client})
    closed = wallet | {"status": "closed", "is_primary": False}
    assert (answer.status_code, answer.json()["item"]) == (200, closed)
    assert await own.item(f"/api/wallets/{wallet['id']}") == closed
    assert {each["status"] for each in await own.items(f"/api/wallets/{wallet['id']}/accounts")} == {"closed"}
    assert len(await own.items(f"/api/wallets/{wallet['id']}/history")) == 2
    for account in (main, reserve["id"]):
        refused = await writer.submit(await _payment(database, own, account), key=None, finish=told)
        assert (refused.status, b"INVALID_STATE" in refused.body) == (409, True)


async def test_the_next_wallet_of_the_asset_is_primary(member: NewMember) -> None:
    own = await member()
    assert (await own.post(PATH.format((await own.wallet())["id"]))).status_code == 200
    assert (await own.wallet())["is_primary"]


async def test_money_on_any_account_keeps_it_open(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    reserve = await own.account(wallet["id"])
    await fund(database, own, reserve["id"], "IDR", 1)
    assert fields_of(await own.post(PATH.format(wallet["id"])), 409, "INVALID_STATE") == [reserve["id"]]
    assert await own.item(f"/api/wallets/{wallet['id']}") == wallet | {
        "balance": {"asset": "IDR", "posted": "0.01", "held": "0", "available": "0.01"}
    }
    assert {each["status"] for each in await own.items(f"/api/wallets/{wallet['id']}/accounts")} == {"open"}


async def test_a_refusal_with_a_key_is_repeated_and_closes_nothing(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    await fund(database, own, wallet["main_account_id"], "IDR", 500)
    await hold(database, own, wallet["main_account_id"], 500)
    first = await own.post(PATH.format(wallet["id"]), **{"idempotency-key": "c"})
    assert fields_of(first, 409, "INVALID_STATE") == [wallet["main_account_id"]]
    again = await own.post(PATH.format(wallet["id"]), **{"idempotency-key": "c"})
    assert again.content == first.content
    assert await _balance(own, wallet) == ("open", "5")


async def test_the_primary_one_closes_last(member: NewMember) -> None:
    own = await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    await own.wallet("s", "SGD", "SG")
    assert fields_of(await own.post(PATH.format(first["id"])), 409, "INVALID_STATE") == []
    for wallet in (second, first):
        assert (await own.post(PATH.format(wallet["id"]))).status_code == 200


async def test_of_two_closed_at_once_the_primary_one_never_leaves_an_open_one_behind(member: NewMember) -> None:
    own = await member()
    for _ in range(5):
        first, second = await own.wallet("a"), await own.wallet("b")
        closing = [asyncio.create_task(own.post(PATH.format(wallet["id"]))) for wallet in (first, second)]
        opened = await own.wallet("c")
        assert {answer.status_code for answer in await asyncio.gather(*closing)} <= {200, 409}
        left = await own.items("/api/wallets?status=open")
        assert opened["id"] in {wallet["id"] for wallet in left}
        assert [wallet["is_primary"] for wallet in left].count(True) == 1
        for wallet in sorted(left, key=lambda each: bool(each["is_primary"])):
            assert (await own.post(PATH.format(wallet["id"]))).status_code == 200


async def test_a_closed_wallet_is_not_closed_again(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    assert (await own.post(PATH.format(wallet["id"]))).status_code == 200
    assert fields_of(await own.post(PATH.format(wallet["id"])), 409, "INVALID_STATE") == []


async def test_a_payment_that_came_first_keeps_it_open(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    payment = await _payment(database, own, wallet["main_account_id"])
    async with database.transaction() as tx:
        await post_one(tx, payment)
        closing = asyncio.create_task(own.post(PATH.format(wallet["id"])))
        await somebody_waits(database)
    assert fields_of(await closing, 409, "INVALID_STATE") == [wallet["main_account_id"]]
    assert await _balance(own, wallet) == ("open", "5")


async def test_a_payment_that_comes_while_it_closes_is_refused(
    database: Database, member: NewMember, writer: Writer
) -> None:
    own = await member()
    wallet = await own.wallet()
    payment = await _payment(database, own, wallet["main_account_id"])
    async with database.transaction() as tx:
        key = account_id(wallet["main_account_id"])
        assert await close_accounts(tx, client_id=own.client_id, account_ids=[key]) == []
        paying = asyncio.create_task(writer.submit(payment, key=None, finish=told))
        await somebody_waits(database)
    assert (await paying).status == 409
    assert (await _balance(own, wallet))[1] == "0"


async def test_however_they_race_no_money_ends_on_a_closed_account(
    database: Database, member: NewMember, writer: Writer
) -> None:
    own = await member()
    for _ in range(25):
        wallet = await own.wallet()
        reserve = await own.account(wallet["id"])
        payments = [
            await _payment(database, own, account) for account in (wallet["main_account_id"], reserve["id"]) * 2
        ]
        closing = asyncio.create_task(own.post(PATH.format(wallet["id"])))
        paid = await asyncio.gather(*(writer.submit(each, key=None, finish=told) for each in payments))
        closed = await closing
        arrived = sum(answer.status == 201 for answer in paid)
        if closed.status_code == 200:
            assert (arrived, await _balance(own, wallet)) == (0, ("closed", "0"))
        else:
            assert fields_of(closed, 409, "INVALID_STATE")
            assert (arrived, await _balance(own, wallet)) == (4, ("open", "20"))
            for account in (wallet["main_account_id"], reserve["id"]):
                await fund(database, own, account, "IDR", -1000)
            assert (await own.post(PATH.format(wallet["id"]))).status_code == 200


async def test_an_account_opened_while_it_closes_is_refused(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    for answer in await asyncio.gather(
        own.post(PATH.format(wallet["id"])),
        *(own.post(f"/api/wallets/{wallet['id']}/accounts", {"purpose": "reserve", "label": "late"}) for _ in range(4)),
    ):
        assert answer.status_code in (200, 201, 409)
    assert {each["status"] for each in await own.items(f"/api/wallets/{wallet['id']}/accounts")} == {"closed"}


@pytest.mark.parametrize("role", [Role.viewer, Role.checker, Role.maker])
async def test_it_takes_an_admin(member: NewMember, role: Role) -> None:
    own = await member()
    wallet = await own.wallet()
    weak = await member(of=own, role=role)
    assert fields_of(await weak.post(PATH.format(wallet["id"])), 403, "FORBIDDEN") == []


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    wallet = await own.wallet()
    for stranger in (other, own.live()):
        assert fields_of(await stranger.post(PATH.format(wallet["id"])), 404, "NOT_FOUND") == []
    assert (await own.post(PATH.format(wallet["main_account_id"]))).status_code == 404
    assert await own.item(f"/api/wallets/{wallet['id']}") == wallet


async def test_the_ledger_closes_all_of_the_accounts_or_none(database: Database, member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    reserve = await own.account(wallet["id"])
    await fund(database, own, reserve["id"], "IDR", 7)
    keys = [account_id(wallet["main_account_id"]), account_id(reserve["id"])]
    async with database.transaction() as tx:
        filled = await close_accounts(tx, client_id=own.client_id, account_ids=keys)
    assert [(account.id, account.posted) for account in filled] == [(keys[1], 7)]
    assert {each["status"] for each in await own.items(f"/api/wallets/{wallet['id']}/accounts")} == {"open"}
