from __future__ import annotations

import pytest
from tests.modules.house import House, error_of

from findigi.kernel import ids
from findigi.modules import clients


async def test_shows_the_workspace_with_the_callers_role(house: House) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token, "Alpha Trading")
    email, other, _ = await house.signed_up()
    await house.post(f"/api/clients/{client_id}/users", {"email": email, "role": "viewer"}, token=token)
    item = (await house.get(f"/api/clients/{client_id}", token=other)).json()["item"]
    assert (item["name"], item["role"], item["type"]) == ("Alpha Trading", "viewer", "company")


async def test_onboarding_makes_it_active_and_a_repeat_keeps_the_first_time(house: House) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token)
    for minutes in (0, 5):
        house.clock.forward(minutes=minutes)
        async with house.runtime.database.transaction() as tx:
            client = await clients.mark_onboarded(tx, client_id=ids.parse(ids.CLIENT, client_id), now=house.clock.now())
    item = (await house.get(f"/api/clients/{client_id}", token=token)).json()["item"]
    assert item["status"] == "active"
    assert item["onboarded_at"] is not None
    assert client.onboarded_at is not None
    assert (house.clock.now() - client.onboarded_at).total_seconds() >= 300


async def test_somebody_elses_is_not_found(house: House) -> None:
    _, token, _ = await house.signed_up()
    _, stranger, _ = await house.signed_up()
    client_id = await house.workspace(token)
    assert error_of(await house.get(f"/api/clients/{client_id}", token=stranger), 404) == "NOT_FOUND"


@pytest.mark.parametrize("client_id", ["nonsense", "usr_01k8m3v9fke5w8d0q6n4rjc7ta", "cli_%00", "cli_" + "x" * 5000])
async def test_an_id_that_is_none_is_not_found(house: House, client_id: str) -> None:
    _, token, _ = await house.signed_up()
    assert error_of(await house.get(f"/api/clients/{client_id}", token=token), 404) == "NOT_FOUND"


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    answer = await house.get("/api/clients/cli_01k8m3v9fke5w8d0q6n4rjc7ta")
    assert error_of(answer, 401) == "UNAUTHENTICATED"
