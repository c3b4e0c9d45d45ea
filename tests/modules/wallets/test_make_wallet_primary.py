from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.wallets.purse import Member, NewMember, fields_of

from findigi.kernel.context import Role

PATH = "/api/wallets/{}/make-primary"


async def _primary(own: Member, asset: str = "IDR") -> set[str]:
    return {wallet["id"] for wallet in await own.items(f"/api/wallets?asset={asset}") if wallet["is_primary"]}


async def test_it_takes_over_within_its_asset_and_mode(member: NewMember) -> None:
    own = await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    sgd, live = await own.wallet("s", "SGD", "SG"), await own.live().wallet("l")
    answer = await own.post(PATH.format(second["id"]), {"client_id": own.client})
    assert (answer.status_code, answer.json()["item"]) == (200, second | {"is_primary": True})
    assert await own.item(f"/api/wallets/{first['id']}") == first | {"is_primary": False}
    assert await _primary(own) == {second["id"]}
    assert await _primary(own, "SGD") == {sgd["id"]}
    assert await _primary(own.live()) == {live["id"]}


async def test_again_changes_nothing(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    for _ in range(2):
        answer = await own.post(PATH.format(wallet["id"]))
        assert (answer.status_code, answer.json()["item"]) == (200, wallet)


async def test_the_same_key_does_not_undo_what_came_between(member: NewMember) -> None:
    own = await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    key = {"idempotency-key": "p"}
    told = await own.post(PATH.format(second["id"]), **key)
    await own.post(PATH.format(first["id"]))
    again = await own.post(PATH.format(second["id"]), **key)
    assert again.content == told.content
    assert await _primary(own) == {first["id"]}


async def test_of_many_at_once_exactly_one_is_left(member: NewMember) -> None:
    own = await member()
    made = [await own.wallet(f"w{number}") for number in range(6)]

    async def opened() -> dict[str, Any]:
        return await own.wallet("late")

    answers = await asyncio.gather(
        *(own.post(PATH.format(wallet["id"])) for wallet in made * 4), *(opened() for _ in range(3))
    )
    assert {answer.status_code for answer in answers if not isinstance(answer, dict)} == {200}
    assert len(await _primary(own)) == 1


async def test_a_closed_wallet_cannot_be_primary(member: NewMember) -> None:
    own = await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    assert (await own.post(f"/api/wallets/{second['id']}/close")).status_code == 200
    assert fields_of(await own.post(PATH.format(second["id"])), 409, "INVALID_STATE") == []
    assert await _primary(own) == {first["id"]}


async def test_an_unknown_field_is_refused(member: NewMember) -> None:
    own = await member()
    wallet = await own.wallet()
    answer = await own.post(PATH.format(wallet["id"]), {"asset": "IDR"})
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["asset"]


@pytest.mark.parametrize("role", [Role.viewer, Role.checker, Role.maker])
async def test_it_takes_an_admin(member: NewMember, role: Role) -> None:
    own = await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    weak = await member(of=own, role=role)
    assert fields_of(await weak.post(PATH.format(second["id"])), 403, "FORBIDDEN") == []
    assert await _primary(own) == {first["id"]}


async def test_it_is_invisible_from_other_workspaces_and_the_other_mode(member: NewMember) -> None:
    own, other = await member(), await member()
    first, second = await own.wallet("a"), await own.wallet("b")
    for stranger in (other, own.live()):
        assert fields_of(await stranger.post(PATH.format(second["id"])), 404, "NOT_FOUND") == []
    assert (await own.post(PATH.format(second["main_account_id"]))).status_code == 404
    assert await _primary(own) == {first["id"]}
