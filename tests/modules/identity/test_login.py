from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.house import PASSWORD, CountingHasher, House, error_of, field_of

from findigi.modules import identity

LOGIN = "/api/auth/login"


async def attempt(house: House, email: str, password: str = PASSWORD) -> Any:
    return await house.post(LOGIN, {"email": email, "password": password})


async def test_gives_a_token_that_works(house: House) -> None:
    email, _, user = await house.signed_up()
    answer = await attempt(house, f"  {email.upper()} ")
    body = answer.json()
    assert set(body) == {"ok", "access_token", "token_type", "expires_in", "user"}
    assert body["user"] == user
    me = await house.get("/api/auth/me", token=body["access_token"])
    assert me.json()["item"]["email"] == email


async def test_with_two_factor_gives_a_challenge_and_no_token(house: House) -> None:
    email, _, user = await house.signed_up()
    await house.two_factor(user)
    body = (await attempt(house, email)).json()
    assert set(body) == {"ok", "two_factor_required", "challenge_id", "method", "expires_in"}
    assert (body["two_factor_required"], body["method"], body["expires_in"]) == (True, "email", 600)


async def test_unknown_address_and_wrong_password_are_answered_alike(house: House) -> None:
    email, _, _ = await house.signed_up()
    wrong = await attempt(house, email, "not-the-password")
    unknown = await attempt(house, "nobody@example.com", "not-the-password")
    assert error_of(wrong, 401) == error_of(unknown, 401) == "INVALID_CREDENTIALS"
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert {*wrong.headers} == {*unknown.headers}


async def test_both_cost_the_same_number_of_verifications(house: House) -> None:
    email, _, _ = await house.signed_up()
    counts: list[int] = []
    for address in (email, "nobody@example.com"):
        before = house.hasher.verifications
        await attempt(house, address, "not-the-password")
        counts.append(house.hasher.verifications - before)
    assert counts == [1, 1]


async def test_an_invited_person_without_a_password_cannot_sign_in(house: House) -> None:
    _, token, _ = await house.signed_up()
    client_id = await house.workspace(token)
    body = {"client_id": client_id, "email": "new@example.com", "full_name": "New", "role": "viewer"}
    assert (await house.post("/api/users", body, token=token)).status_code == 201
    assert error_of(await attempt(house, "new@example.com"), 401) == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nonsense"), ("email", "x" * 40_000), ("password", ""), ("password", "x" * 40_000), ("remember", True)],
)
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    body = {"email": "alex@example.com", "password": PASSWORD} | {field: value}
    assert field_of(await house.post(LOGIN, body)) == field


async def test_nul_is_refused(house: House) -> None:
    assert error_of(await attempt(house, "alex@example.com", "a\x00bcdefghijkl"), 400) == "VALIDATION_ERROR"


@pytest.mark.parametrize("known", [True, False])
async def test_five_failures_lock_the_account_even_for_the_right_password(house: House, known: bool) -> None:
    email = (await house.signed_up())[0] if known else "nobody@example.com"
    for _ in range(5):
        assert error_of(await attempt(house, email, "not-the-password"), 401) == "INVALID_CREDENTIALS"
    before = house.hasher.verifications
    locked = await attempt(house, email)
    assert error_of(locked, 429) == "RATE_LIMITED"
    assert 1 <= int(locked.headers["retry-after"]) <= 30
    assert house.hasher.verifications == before


async def test_the_wait_doubles_and_the_right_password_forgives(house: House) -> None:
    email, _, _ = await house.signed_up()
    for _ in range(5):
        await attempt(house, email, "not-the-password")
    house.clock.forward(seconds=31)
    assert error_of(await attempt(house, email, "not-the-password"), 401) == "INVALID_CREDENTIALS"
    waiting = await attempt(house, email)
    assert 31 <= int(waiting.headers["retry-after"]) <= 60
    house.clock.forward(seconds=61)
    assert (await attempt(house, email)).status_code == 200
    for _ in range(4):
        await attempt(house, email, "not-the-password")
    assert (await attempt(house, email)).status_code == 200


async def test_many_tries_at_once_are_counted_as_many(house: House) -> None:
    email, _, _ = await house.signed_up()
    before = house.hasher.verifications
    answers = await asyncio.gather(*(attempt(house, email, f"not-the-password-{n}") for n in range(20)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (5, 15)
    assert house.hasher.verifications - before == 5


async def test_one_source_is_locked_over_many_accounts(house: House) -> None:
    email, _, _ = await house.signed_up()
    for number in range(50):
        assert (await attempt(house, f"guess{number}@example.com", "not-the-password")).status_code == 401
    assert error_of(await attempt(house, email), 429) == "RATE_LIMITED"


async def test_right_passwords_do_not_count_against_the_source(house: House) -> None:
    email, _, _ = await house.signed_up()
    for _ in range(60):
        assert (await attempt(house, email)).status_code == 200


async def test_a_hash_with_old_parameters_is_renewed(house: House) -> None:
    email, _, _ = await house.signed_up()
    sql = "select password_hash from identity_user where email = $1"
    async with house.runtime.database.reading() as tx:
        old = await tx.value(sql, email)
    house.runtime.provide(identity.Passwords(CountingHasher(time_cost=2)))
    assert (await attempt(house, email)).status_code == 200
    async with house.runtime.database.reading() as tx:
        new = await tx.value(sql, email)
    assert "t=1" in old
    assert "t=2" in new
    assert (await attempt(house, email)).status_code == 200


async def test_a_password_that_is_reset_meanwhile_does_not_begin_a_session(house: House) -> None:
    email, _, _ = await house.signed_up()

    class Slow(CountingHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 -- the parent's name
            verdict = super().verify(hash, password)
            future = asyncio.run_coroutine_threadsafe(self.change(), loop)
            future.result(10)
            return verdict

        async def change(self) -> None:
            async with house.runtime.database.transaction() as tx:
                await tx.run("update identity_user set password_hash = 'other' where email = $1", email)

    loop = asyncio.get_running_loop()
    house.runtime.provide(identity.Passwords(Slow()))
    assert error_of(await attempt(house, email), 401) == "INVALID_CREDENTIALS"
