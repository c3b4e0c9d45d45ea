from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyotp.totp import TOTP
from tests.modules.house import House, error_of, field_of

from findigi.kernel import ids
from findigi.modules import identity

RESEND = "/api/auth/login/2fa/resend"
VERIFY = "/api/auth/login/2fa/verify"


async def waiting(house: House) -> tuple[str, str]:
    """A login that waits for a mailed code: address and challenge."""
    email, _, user = await house.signed_up()
    await house.two_factor(user)
    return email, await house.challenge(email)


async def resend(house: House, challenge_id: str) -> Any:
    return await house.post(RESEND, {"challenge_id": challenge_id})


async def test_a_new_code_replaces_the_old_one(house: House) -> None:
    email, challenge_id = await waiting(house)
    old = (await house.mails(email))[0]["code"]
    house.clock.forward(seconds=30)
    answer = await resend(house, challenge_id)
    item = answer.json()["item"]
    assert (item["challenge_id"], item["method"], item["resend_after"]) == (challenge_id, "email", 30)
    assert 560 <= item["expires_in"] <= 570
    new = (await house.mails(email))[0]["code"]
    if new != old:  # one in a million
        old_try = await house.post(VERIFY, {"challenge_id": challenge_id, "code": old})
        assert error_of(old_try, 401) == "INVALID_CODE"
    assert (await house.post(VERIFY, {"challenge_id": challenge_id, "code": new})).status_code == 200


async def test_within_thirty_seconds_is_too_soon(house: House) -> None:
    email, challenge_id = await waiting(house)
    answer = await resend(house, challenge_id)
    assert error_of(answer, 429) == "RATE_LIMITED"
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert len(await house.mails(email)) == 1


async def test_of_many_at_once_one_is_sent(house: House) -> None:
    email, challenge_id = await waiting(house)
    house.clock.forward(seconds=31)
    answers = await asyncio.gather(*(resend(house, challenge_id) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 429, 429, 429, 429]
    assert len(await house.mails(email)) == 2


async def test_the_number_of_tries_is_kept(house: House) -> None:
    email, challenge_id = await waiting(house)
    code = (await house.mails(email))[0]["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await house.post(VERIFY, {"challenge_id": challenge_id, "code": wrong})
    house.clock.forward(seconds=31)
    assert error_of(await resend(house, challenge_id), 401) == "INVALID_CODE"


async def test_an_old_or_used_challenge_gets_none(house: House) -> None:
    _, challenge_id = await waiting(house)
    house.clock.forward(minutes=11)
    assert error_of(await resend(house, challenge_id), 401) == "INVALID_CODE"
    unknown = ids.to_text(ids.CHALLENGE, ids.new_id())
    assert error_of(await resend(house, unknown), 401) == "INVALID_CODE"


async def test_an_authenticator_is_not_mailed(house: House) -> None:
    email, _, _ = await house.signed_up()
    settings = house.runtime.settings
    async with house.runtime.database.transaction() as tx:
        person = await identity.find_user_by_email(tx, email=email)
        assert person is not None
        now = house.clock.now()
        secret = (await identity.enrol_totp(tx, settings=settings, person=person, now=now)).secret
        code = TOTP(secret).at(now)
        await identity.confirm_totp(tx, settings=settings, user_id=person.id, code=code, now=now)
    challenge_id = await house.challenge(email)
    house.clock.forward(seconds=31)
    assert error_of(await resend(house, challenge_id), 409) == "INVALID_STATE"
    assert await house.mails(email) == []


@pytest.mark.parametrize("challenge_id", ["nonsense", "cli_01k8m3v9fke5w8d0q6n4rjc7ta"])
async def test_an_id_that_is_none_is_not_found(house: House, challenge_id: str) -> None:
    assert error_of(await resend(house, challenge_id), 404) == "NOT_FOUND"


async def test_a_missing_or_unknown_field_is_named(house: House) -> None:
    assert field_of(await house.post(RESEND, {})) == "challenge_id"
    assert field_of(await house.post(RESEND, {"challenge_id": "chl_x", "client_id": "x"})) == "client_id"
