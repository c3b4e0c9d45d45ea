"""Which workspaces a user has: from memory, and told of changes over processes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.house import Clock, House, open_house

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.settings import Settings
from findigi.modules import clients
from findigi.modules.clients import store


async def test_a_change_in_one_process_counts_in_the_other(house: House, settings: Settings, clock: Clock) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token)
    email, _, user = await house.signed_up()
    user_id = ids.parse(ids.USER, user["id"])
    async with open_house(settings, clock) as other:
        known = other.runtime.part(clients.Workspaces)
        assert await known.of(user_id) == {}
        heard = other.news_of(user_id)
        await house.post(f"/api/clients/{client_id}/users", {"email": email, "role": "maker"}, token=token)
        async with asyncio.timeout(10):
            await heard.wait()
        assert await known.of(user_id) == {ids.parse(ids.CLIENT, client_id): Role.maker}


async def test_two_thousand_workspaces_are_read_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = ids.new_id()
    details = clients.ClientDetails(name="One of many", kind="company", country="SG", base_currency="SGD")
    async with house.runtime.database.transaction() as tx:
        for _ in range(2000):
            await clients.create_client(
                tx, client_id=ids.new_id(), owner_id=user_id, details=details, now=house.clock.now()
            )
    find, reads = store.roles_of_user, 0

    async def counted(tx: Any, **rest: Any) -> Any:
        nonlocal reads
        reads += 1
        return await find(tx, **rest)

    monkeypatch.setattr(store, "roles_of_user", counted)
    part = clients.Workspaces(house.runtime.database)
    house.runtime.database.hears = True
    for _ in range(5):
        roles = await part.of(user_id)
        assert len(roles) == 2000
        assert set(roles.values()) == {Role.owner}
    assert reads == 1
    await part.of(user_id, fresh=True)
    assert reads == 2


async def test_members_and_directory_say_the_same(house: House) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token)
    email, _, _ = await house.signed_up()
    path = f"/api/clients/{client_id}/users"
    for role in ("viewer", "admin", "none", "owner"):
        await house.post(path, {"email": email, "role": role}, token=token)
        async with house.runtime.database.reading() as tx:
            differing = await tx.value(
                """
                select count(*) from membership m
                full join user_workspace d on d.workspace_id = m.client_id and d.user_id = m.user_id
                where m.role is distinct from d.role"""
            )
        assert differing == 0
