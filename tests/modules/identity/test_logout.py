from __future__ import annotations

from tests.modules.house import PASSWORD, House, error_of, field_of

LOGOUT = "/api/auth/logout"


async def test_ends_this_session_at_once_and_no_other(house: House) -> None:
    email, token, _ = await house.signed_up()
    other = (await house.post("/api/auth/login", {"email": email, "password": PASSWORD})).json()["access_token"]
    assert (await house.get("/api/auth/me", token=token)).status_code == 200
    answer = await house.post(LOGOUT, token=token)
    assert answer.json()["item"]["session_id"].startswith("ses_")
    assert error_of(await house.get("/api/auth/me", token=token), 401) == "UNAUTHENTICATED"
    assert (await house.get("/api/auth/me", token=other)).status_code == 200


async def test_twice_is_unauthenticated(house: House) -> None:
    _, token, _ = await house.signed_up()
    assert (await house.post(LOGOUT, token=token)).status_code == 200
    assert error_of(await house.post(LOGOUT, token=token), 401) == "UNAUTHENTICATED"


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    answer = await house.post(LOGOUT)
    assert error_of(answer, 401) == "UNAUTHENTICATED"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_field_is_named(house: House) -> None:
    _, token, _ = await house.signed_up()
    assert field_of(await house.post(LOGOUT, {"all": True}, token=token)) == "all"
