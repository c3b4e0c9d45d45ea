from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.house import PASSWORD, House, error_of, field_of

NEW = "nine-green-boats-drift"
RESET = "/api/auth/reset-password"


async def token_for(house: House, email: str) -> str:
    await house.post("/api/auth/forgot-password", {"email": email})
    return (await house.mails(email))[0]["link"].partition("token=")[2]


async def reset(house: House, token: str, password: str = NEW) -> Any:
    return await house.post(RESET, {"token": token, "new_password": password})


async def test_sets_the_password_and_ends_all_sessions(house: House) -> None:
    email, token, _ = await house.signed_up()
    second = (await house.post("/api/auth/login", {"email": email, "password": PASSWORD})).json()["access_token"]
    answer = await reset(house, await token_for(house, email))
    assert answer.status_code == 200
    assert answer.json()["item"]["sessions_ended"] == 2
    for ended in (token, second):
        assert error_of(await house.get("/api/auth/me", token=ended), 401) == "UNAUTHENTICATED"
    old = await house.post("/api/auth/login", {"email": email, "password": PASSWORD})
    assert error_of(old, 401) == "INVALID_CREDENTIALS"
    assert (await house.post("/api/auth/login", {"email": email, "password": NEW})).status_code == 200


async def test_the_person_is_told(house: House) -> None:
    email, _, _ = await house.signed_up()
    await reset(house, await token_for(house, email))
    assert "was changed" in (await house.mails(email))[0]["subject"]


async def test_a_link_works_once(house: House) -> None:
    email, _, _ = await house.signed_up()
    token = await token_for(house, email)
    assert (await reset(house, token)).status_code == 200
    assert error_of(await reset(house, token, "ten-other-words-here"), 401) == "INVALID_CODE"


async def test_of_many_at_once_one_succeeds(house: House) -> None:
    email, _, _ = await house.signed_up()
    token = await token_for(house, email)
    answers = await asyncio.gather(*(reset(house, token, f"{NEW}-{number}") for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5


async def test_two_links_of_one_person_at_once_do_not_block_each_other(house: House) -> None:
    email, _, _ = await house.signed_up()
    tokens = [await token_for(house, email) for _ in range(4)]
    answers = await asyncio.gather(*(reset(house, token) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_using_one_link_voids_the_others(house: House) -> None:
    email, _, _ = await house.signed_up()
    older, newer = await token_for(house, email), await token_for(house, email)
    assert (await reset(house, newer)).status_code == 200
    assert error_of(await reset(house, older), 401) == "INVALID_CODE"


async def test_a_link_is_too_old_after_thirty_minutes(house: House) -> None:
    email, _, _ = await house.signed_up()
    token = await token_for(house, email)
    house.clock.forward(minutes=30, seconds=1)
    assert error_of(await reset(house, token), 401) == "INVALID_CODE"


async def test_a_lock_out_ends_with_it(house: House) -> None:
    email, _, _ = await house.signed_up()
    for _ in range(5):
        await house.post("/api/auth/login", {"email": email, "password": "not-the-password"})
    await reset(house, await token_for(house, email))
    assert (await house.post("/api/auth/login", {"email": email, "password": NEW})).status_code == 200


async def test_an_invited_person_sets_the_first_password(house: House) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token)
    body = {"client_id": client_id, "email": "dewi@example.com", "full_name": "Dewi", "role": "maker"}
    assert (await house.post("/api/users", body, token=token)).json()["item"]["status"] == "invited"
    link = (await house.mails("dewi@example.com"))[0]["link"]
    house.clock.forward(days=6)
    assert (await reset(house, link.partition("token=")[2])).status_code == 200
    signed_in = await house.post("/api/auth/login", {"email": "dewi@example.com", "password": NEW})
    mine = await house.get("/api/auth/my-clients", token=signed_in.json()["access_token"])
    assert [(row["client_id"], row["role"]) for row in mine.json()["items"]] == [(client_id, "maker")]


@pytest.mark.parametrize("password", ["short", "password123", "x" * 40_000])
async def test_a_bad_password_is_refused_and_the_link_still_works(house: House, password: str) -> None:
    email, _, _ = await house.signed_up()
    token = await token_for(house, email)
    assert field_of(await reset(house, token, password)) == "new_password"
    assert (await reset(house, token)).status_code == 200


async def test_a_password_made_of_the_address_is_refused(house: House) -> None:
    email, _, _ = await house.signed_up("montgomery@example.com")
    assert field_of(await reset(house, await token_for(house, email), "montgomery1")) == "new_password"


@pytest.mark.parametrize("token", ["nonsense", "x" * 200])
async def test_a_token_that_is_none_is_refused(house: House, token: str) -> None:
    assert error_of(await reset(house, token), 401) == "INVALID_CODE"


@pytest.mark.parametrize(("field", "value"), [("token", ""), ("token", "x" * 40_000), ("token", 1), ("email", "a@b.c")])
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    assert field_of(await house.post(RESET, {"token": "t", "new_password": NEW} | {field: value})) == field


async def test_nul_is_refused(house: House) -> None:
    assert error_of(await reset(house, "a\x00b"), 400) == "VALIDATION_ERROR"
