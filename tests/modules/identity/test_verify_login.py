from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from pyotp.totp import TOTP
from tests.modules.house import House, error_of, field_of

from findigi.kernel import ids
from findigi.kernel.context import Runtime
from findigi.kernel.errors import InvalidState
from findigi.modules import identity

VERIFY = "/api/auth/login/2fa/verify"


@pytest.fixture
async def person(house: House) -> str:
    """The address of a user with mailed codes."""
    email, _, user = await house.signed_up()
    await house.two_factor(user)
    return email


async def code_for(house: House, email: str) -> str:
    return (await house.mails(email))[0]["code"]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def verify(house: House, challenge_id: str, code: str) -> Any:
    return await house.post(VERIFY, {"challenge_id": challenge_id, "code": code})


async def test_the_mailed_code_finishes_the_login(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    mail = (await house.mails(person))[0]
    assert mail["code"] in mail["text"]
    answer = await verify(house, challenge_id, mail["code"])
    body = answer.json()
    assert set(body) == {"ok", "access_token", "token_type", "expires_in", "user"}
    assert body["user"]["two_factor"] == {"enabled": True, "method": "email"}
    assert (await house.get("/api/auth/me", token=body["access_token"])).status_code == 200


async def test_a_code_works_once(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    assert (await verify(house, challenge_id, code)).status_code == 200
    assert error_of(await verify(house, challenge_id, code), 401) == "INVALID_CODE"


async def test_of_many_at_once_one_succeeds(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    answers = await asyncio.gather(*(verify(house, challenge_id, code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_a_wrong_code_is_refused_and_the_right_one_still_works(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    assert error_of(await verify(house, challenge_id, other_than(code)), 401) == "INVALID_CODE"
    assert (await verify(house, challenge_id, code)).status_code == 200


async def test_five_wrong_codes_close_the_challenge(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    for _ in range(5):
        assert error_of(await verify(house, challenge_id, other_than(code)), 401) == "INVALID_CODE"
    assert error_of(await verify(house, challenge_id, code), 401) == "INVALID_CODE"


async def test_wrong_codes_at_once_are_counted_as_many(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    await asyncio.gather(*(verify(house, challenge_id, other_than(code)) for _ in range(5)))
    assert error_of(await verify(house, challenge_id, code), 401) == "INVALID_CODE"


async def test_wrong_codes_over_many_challenges_lock_the_second_factor(house: House, person: str) -> None:
    for _ in range(2):
        challenge_id = await house.challenge(person)
        code = await code_for(house, person)
        for _ in range(5):
            await verify(house, challenge_id, other_than(code))
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    locked = await verify(house, challenge_id, code)
    assert error_of(locked, 429) == "RATE_LIMITED"
    assert 1 <= int(locked.headers["retry-after"]) <= 60
    house.clock.forward(seconds=61)
    assert (await verify(house, challenge_id, code)).status_code == 200


async def test_a_code_is_too_old_after_ten_minutes(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    house.clock.forward(minutes=10)
    assert error_of(await verify(house, challenge_id, code), 401) == "INVALID_CODE"


async def test_a_code_belongs_to_its_challenge(house: House, person: str) -> None:
    first = await house.challenge(person)
    await house.work_off()
    await house.challenge(person)
    newer, older = [mail["code"] for mail in await house.mails(person)]
    if newer != older:  # one in a million
        assert error_of(await verify(house, first, newer), 401) == "INVALID_CODE"
    assert (await verify(house, first, older)).status_code == 200


async def test_a_reset_closes_open_challenges(house: House, person: str) -> None:
    challenge_id = await house.challenge(person)
    code = await code_for(house, person)
    await house.post("/api/auth/forgot-password", {"email": person})
    link = (await house.mails(person))[0]["link"]
    body = {"token": link.partition("token=")[2], "new_password": "nine-green-boats-drift"}
    assert (await house.post("/api/auth/reset-password", body)).status_code == 200
    assert error_of(await verify(house, challenge_id, code), 401) == "INVALID_CODE"


async def test_an_unknown_challenge_is_refused_like_a_closed_one(house: House) -> None:
    unknown = ids.to_text(ids.CHALLENGE, ids.new_id())
    assert error_of(await verify(house, unknown, "123456"), 401) == "INVALID_CODE"


@pytest.mark.parametrize("challenge_id", ["chl_nonsense", "usr_01k8m3v9fke5w8d0q6n4rjc7ta", ""])
async def test_an_id_that_is_none_is_not_found(house: House, challenge_id: str) -> None:
    assert error_of(await verify(house, challenge_id, "123456"), 404) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "12345"),
        ("code", "1234567"),
        ("code", "12345a"),
        ("code", "١٢٣٤٥٦"),
        ("code", 123456),
        ("code", "1" * 40_000),
        ("challenge_id", "x" * 40_000),
        ("trust", True),
    ],
)
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    body = {"challenge_id": ids.to_text(ids.CHALLENGE, ids.new_id()), "code": "123456"} | {field: value}
    assert field_of(await house.post(VERIFY, body)) == field


async def enrolled(house: House, runtime: Runtime) -> tuple[str, TOTP, UUID]:
    """A user with an authenticator: address, authenticator, id."""
    email, _, _ = await house.signed_up()
    async with runtime.database.transaction() as tx:
        person = await identity.find_user_by_email(tx, email=email)
        assert person is not None
        enrolment = await identity.enrol_totp(tx, settings=runtime.settings, person=person, now=house.clock.now())
        totp = TOTP(enrolment.secret)
        assert enrolment.uri.startswith("otpauth://totp/finDIGI:")
        code = totp.at(house.clock.now())
        await identity.confirm_totp(tx, settings=runtime.settings, user_id=person.id, code=code, now=house.clock.now())
        stored = await tx.value("select secret_sealed from identity_totp where user_id = $1", person.id)
    assert enrolment.secret.encode() not in stored
    return email, totp, person.id


async def test_an_authenticators_code_works_once_over_all_challenges(house: House) -> None:
    email, totp, _ = await enrolled(house, house.runtime)
    used = totp.at(house.clock.now())
    assert error_of(await verify(house, await house.challenge(email), used), 401) == "INVALID_CODE"
    house.clock.forward(seconds=30)
    code = totp.at(house.clock.now())
    first, second = await house.challenge(email), await house.challenge(email)
    assert (await verify(house, first, code)).status_code == 200
    assert error_of(await verify(house, second, code), 401) == "INVALID_CODE"


async def test_an_authenticators_code_of_two_challenges_at_once_works_once(house: House) -> None:
    email, totp, _ = await enrolled(house, house.runtime)
    house.clock.forward(seconds=90)
    code = totp.at(house.clock.now())
    challenges = [await house.challenge(email) for _ in range(4)]
    answers = await asyncio.gather(*(verify(house, challenge_id, code) for challenge_id in challenges))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_an_authenticator_in_use_is_not_replaced(house: House) -> None:
    email, totp, _ = await enrolled(house, house.runtime)
    async with house.runtime.database.transaction() as tx:
        person = await identity.find_user_by_email(tx, email=email)
        assert person is not None
        with pytest.raises(InvalidState):
            await identity.enrol_totp(tx, settings=house.runtime.settings, person=person, now=house.clock.now())
    house.clock.forward(seconds=60)
    answer = await verify(house, await house.challenge(email), totp.at(house.clock.now()))
    assert answer.status_code == 200


async def test_an_authenticator_may_be_half_a_minute_off_and_no_more(house: House) -> None:
    email, totp, _ = await enrolled(house, house.runtime)
    house.clock.forward(minutes=5)
    late = totp.at(int(house.clock.now().timestamp()) - 90)
    assert error_of(await verify(house, await house.challenge(email), late), 401) == "INVALID_CODE"
    slow = totp.at(int(house.clock.now().timestamp()) - 30)
    assert (await verify(house, await house.challenge(email), slow)).status_code == 200
