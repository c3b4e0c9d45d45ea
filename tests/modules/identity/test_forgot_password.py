from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.modules.house import JOBS, Clock, House, error_of, field_of, open_house

from findigi.kernel.crypto import digest
from findigi.kernel.jobs import JobEnv
from findigi.kernel.settings import load_settings

FORGOT = "/api/auth/forgot-password"


async def test_mails_a_link_that_is_kept_only_as_a_hash(house: House) -> None:
    email, _, _ = await house.signed_up()
    answer = await house.post(FORGOT, {"email": f" {email.upper()}"})
    assert answer.json() == {"ok": True, "item": {"sent_to": email, "expires_in": 1800}}
    mail = (await house.mails(email))[0]
    assert mail["link"].startswith("http://127.0.0.1:8000/reset-password?token=")
    assert mail["link"] in mail["text"]
    token = mail["link"].partition("token=")[2]
    async with house.runtime.database.reading() as tx:
        hashes = [row["token_hash"] for row in await tx.rows("select token_hash from identity_password_link")]
    assert hashes == [digest(token)]


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(house: House) -> None:
    email, _, _ = await house.signed_up()
    known = await house.post(FORGOT, {"email": email})
    unknown = await house.post(FORGOT, {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 200
    assert known.json()["item"].keys() == unknown.json()["item"].keys()
    assert await house.mails("nobody@example.com") == []


async def test_the_queue_holds_no_address_or_token_in_clear(house: House) -> None:
    email, _, _ = await house.signed_up()
    await house.post(FORGOT, {"email": email})
    async with house.runtime.database.reading() as tx:
        payloads = [row["payload"] for row in await tx.rows("select payload from pgqueuer")]
    assert payloads
    assert all(email.encode() not in payload for payload in payloads)


async def test_a_repeated_job_writes_one_link_and_one_mail(house: House) -> None:
    email, _, _ = await house.signed_up()
    await house.post(FORGOT, {"email": email})
    async with house.runtime.database.reading() as tx:
        row = await tx.row("select entrypoint, payload from pgqueuer")
    assert row is not None
    env = JobEnv(house.runtime.settings, house.runtime.database, 1, 1, last_attempt=False)
    await JOBS[row["entrypoint"]].handler(env, row["payload"])
    await JOBS[row["entrypoint"]].handler(env, row["payload"])
    assert len(await house.mails(email)) == 1


async def test_a_mailbox_is_not_filled(house: House) -> None:
    email, _, _ = await house.signed_up()
    for _ in range(8):
        assert (await house.post(FORGOT, {"email": email})).status_code == 200
    assert len(await house.mails(email)) == 5
    house.clock.forward(hours=1, seconds=1)
    await house.post(FORGOT, {"email": email})
    assert len(await house.mails(email)) == 6


@pytest.mark.parametrize(
    ("field", "value"), [("email", "nonsense"), ("email", "x" * 40_000), ("email", None), ("client_id", "cli_x")]
)
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    assert field_of(await house.post(FORGOT, {"email": "alex@example.com"} | {field: value})) == field


async def test_nul_is_refused(house: House) -> None:
    assert error_of(await house.post(FORGOT, {"email": "a\x00@example.com"}), 400) == "VALIDATION_ERROR"


async def test_production_without_a_mail_server_says_so_for_every_address(house: House, dsn: str, clock: Clock) -> None:
    email, _, _ = await house.signed_up()
    production = load_settings(environment="production", database_url=SecretStr(dsn), secret=SecretStr("s" * 40))
    async with open_house(production, clock) as other:
        for address in (email, "nobody@example.com"):
            answer = await other.post(FORGOT, {"email": address})
            assert error_of(answer, 503) == "PROVIDER_NOT_CONFIGURED"
