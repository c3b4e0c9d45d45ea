from __future__ import annotations

from tests.modules.house import House, error_of, field_of


async def test_shows_the_user_and_counts_workspaces(house: House) -> None:
    email, token, user = await house.signed_up(name="Dewi Lestari")
    for name in ("Alpha", "Beta"):
        await house.workspace(token, name)
    item = (await house.get("/api/auth/me", token=token)).json()["item"]
    assert item == user | {"email": email, "full_name": "Dewi Lestari", "workspaces_count": 2}


async def test_shows_two_factor(house: House) -> None:
    _, token, user = await house.signed_up()
    await house.two_factor(user)
    item = (await house.get("/api/auth/me", token=token)).json()["item"]
    assert item["two_factor"] == {"enabled": True, "method": "email"}


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    assert error_of(await house.get("/api/auth/me"), 401) == "UNAUTHENTICATED"


async def test_an_unknown_parameter_is_named(house: House) -> None:
    _, token, _ = await house.signed_up()
    assert field_of(await house.get("/api/auth/me?verbose=1", token=token)) == "verbose"
