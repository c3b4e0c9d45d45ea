from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.modules.bank import Bank, Party, company
from tests.modules.wallets.purse import Member, fields_of

from findigi.kernel import ids
from findigi.kernel.context import Role


async def created(bank: Bank, **other: Any) -> Member:
    """The owner of a workspace that is not onboarded."""
    owner = await bank.person()
    answer = await owner.post("/api/clients", company(**other))
    assert answer.status_code == 201, answer.text
    assert answer.json()["item"]["status"] == "created"
    return replace(owner, client_id=ids.parse(ids.CLIENT, answer.json()["item"]["client_id"]))


def path(member: Member) -> str:
    return f"/api/clients/{member.client}/onboard"


async def test_a_workspace_of_the_request_before_becomes_ready(bank: Bank) -> None:
    owner = await created(bank)
    assert await owner.items("/api/wallets") == []
    answer = await owner.post(path(owner))
    assert answer.status_code == 200, answer.text
    item = answer.json()["item"]
    assert (item["client"]["status"], item["client"]["role"]) == ("active", "owner")
    assert item["client"]["onboarded_at"] is not None
    assert {(wallet["asset"], wallet["mode"], wallet["is_primary"]) for wallet in item["wallets"]} == {
        (asset, mode, True) for asset in ("IDR", "USD") for mode in ("test", "live")
    }
    assert len(await owner.items("/api/wallets")) == len(await owner.live().items("/api/wallets")) == 2


async def test_again_changes_nothing_and_gives_the_same(bank: Bank) -> None:
    owner = await created(bank)
    first = (await owner.post(path(owner))).json()["item"]
    rows = await bank.rows()
    again = (await owner.post(path(owner))).json()["item"]
    assert again["client"] == first["client"]
    assert sorted(again["wallets"], key=str) == sorted(first["wallets"], key=str)
    assert await bank.rows() == rows


async def test_at_once_each_wallet_is_opened_once(bank: Bank) -> None:
    owner = await created(bank)
    admin = await bank.colleague(owner, Role.admin)
    answers = await asyncio.gather(*(member.post(path(owner)) for member in (owner, admin) * 5))
    assert {answer.status_code for answer in answers} == {200}
    found = [sorted(wallet["id"] for wallet in answer.json()["item"]["wallets"]) for answer in answers]
    assert len(found[0]) == 4
    assert all(each == found[0] for each in found)
    assert (await bank.rows())["wallets"] == 4


async def test_what_is_there_stays_as_it_is(bank: Bank, party: Party) -> None:
    owner = party.owner
    await bank.fund(owner, party.test["IDR"], "10")
    await owner.wallet("Savings", "IDR")
    closed = party.test["USD"]
    assert (await owner.post(f"/api/wallets/{closed}/close")).status_code == 200
    before = {wallet["id"]: wallet for wallet in await owner.items("/api/wallets")}
    assert (await owner.post(path(owner))).status_code == 200
    assert {wallet["id"]: wallet for wallet in await owner.items("/api/wallets")} == before
    await bank.books_are_right()


async def test_a_wallet_opened_before_is_not_opened_again(bank: Bank) -> None:
    owner = await created(bank)
    own = (await owner.wallet("Ours", "IDR"))["id"]
    item = (await owner.post(path(owner))).json()["item"]
    assert [w["id"] for w in item["wallets"] if (w["asset"], w["mode"]) == ("IDR", "test")] == [own]
    assert len(item["wallets"]) == 4


@pytest.mark.parametrize("role", [Role.viewer, Role.checker, Role.maker])
async def test_less_than_an_admin_is_refused(bank: Bank, role: Role) -> None:
    owner = await created(bank)
    weak = await bank.colleague(owner, role)
    answer = await weak.post(path(owner))
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
    assert await owner.items("/api/wallets") == []


async def test_nobody_else_onboards_it(bank: Bank) -> None:
    owner, stranger = await created(bank), await created(bank, name="Beta")
    nobody = ids.to_text(ids.CLIENT, ids.new_id())
    asked = [
        await stranger.post(path(owner)),
        await stranger.post(f"/api/clients/{nobody}/onboard"),
        await stranger.post(f"/api/clients/wal_{nobody[4:]}/onboard"),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in asked} == {(404, "NOT_FOUND")}
    assert (await bank.http.post(path(owner), json={})).status_code == 401
    assert await owner.items("/api/wallets") == []


async def test_a_body_or_header_that_says_otherwise_is_refused(bank: Bank) -> None:
    owner, other = await created(bank), ids.to_text(ids.CLIENT, ids.new_id())
    by_body = await owner.post(path(owner), {"country": "SG"})
    assert fields_of(by_body, 400, "VALIDATION_ERROR") == ["country"]
    by_header = await owner.post(path(owner), **{"x-findigi-client-id": other})
    assert fields_of(by_header, 400, "VALIDATION_ERROR") == ["client_id"]
