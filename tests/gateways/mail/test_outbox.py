"""From the transaction that causes a mail to where it arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from findigi.gateways import mail
from findigi.kernel import ids
from findigi.kernel.clock import utc_now
from findigi.kernel.crypto import SealBrokenError
from findigi.kernel.db import Database
from findigi.kernel.jobs import JobEnv
from findigi.kernel.settings import Settings, load_settings

(SEND,) = mail.jobs


def letter() -> mail.Mail:
    return mail.Mail(id=ids.new_id(), to="alex@example.com", subject="Code", text="482913", at=utc_now(), code="482913")


async def queued(database: Database) -> list[bytes]:
    async with database.reading() as tx:
        return [row["payload"] for row in await tx.rows("select payload from pgqueuer where entrypoint = 'mail.send'")]


async def run(settings: Settings, database: Database, payload: bytes) -> None:
    await SEND.handler(JobEnv(settings, database, 1, 1, last_attempt=False), payload)


async def kept(database: Database, address: str | None = None) -> list[mail.Kept]:
    async with database.reading() as tx:
        return await mail.list_kept(tx, address=address, limit=50)


async def test_a_mail_is_kept_once_however_often_its_job_runs(
    settings: Settings, database: Database, clean: None
) -> None:
    written = letter()
    async with database.transaction() as tx:
        await mail.post(tx, settings=settings, mail=written)
    (payload,) = await queued(database)
    for _ in range(2):
        await run(settings, database, payload)
    (found,) = await kept(database)
    assert (found.id, found.to, found.subject, found.text) == (written.id, written.to, written.subject, written.text)
    assert (found.code, found.link, found.at) == ("482913", None, written.at)


async def test_a_mail_of_a_transaction_that_fails_never_was(
    settings: Settings, database: Database, clean: None
) -> None:
    async def fail_after_it() -> None:
        async with database.transaction() as tx:
            await mail.post(tx, settings=settings, mail=letter())
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_it()
    assert await queued(database) == []


async def test_one_mail_is_queued_once(settings: Settings, database: Database, clean: None) -> None:
    written = letter()
    async with database.transaction() as tx:
        await mail.post(tx, settings=settings, mail=written)
        await mail.post(tx, settings=settings, mail=written)
    assert len(await queued(database)) == 1


async def test_the_queue_cannot_be_read_without_the_secret(settings: Settings, database: Database, clean: None) -> None:
    async with database.transaction() as tx:
        await mail.post(tx, settings=settings, mail=letter())
    (payload,) = await queued(database)
    assert b"482913" not in payload
    assert b"alex@example.com" not in payload
    other = settings.model_copy(update={"secret": SecretStr("o" * 40)})
    with pytest.raises(SealBrokenError):
        await run(other, database, payload)


async def test_production_without_a_server_refuses_to_pretend(database: Database) -> None:
    production = load_settings(
        environment="production", database_url=SecretStr(database.dsn), secret=SecretStr("s" * 40)
    )
    with pytest.raises(mail.MailNotConfigured):
        mail.sender_for(production, database)
    async with database.transaction() as tx:
        with pytest.raises(mail.MailNotConfigured):
            await mail.post(tx, settings=production, mail=letter())
        assert await tx.value("select count(*) from pgqueuer where entrypoint = 'mail.send'") == 0


async def test_a_configured_server_is_used(settings: Settings, database: Database) -> None:
    configured = settings.model_copy(update={"smtp_url": SecretStr("smtp://mail.example")})
    assert isinstance(mail.sender_for(configured, database), mail.SmtpSender)
    assert isinstance(mail.sender_for(settings, database), mail.SandboxMailbox)


class Answers:
    """A sender that raises what it is told and counts."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.count = 0

    async def send(self, mail: mail.Mail) -> None:
        del mail
        self.count += 1
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("error", "again"), [(None, False), (mail.MailRefusedError("550"), False), (mail.MailUnreachableError("451"), True)]
)
async def test_what_is_worth_another_try_is_tried_again(
    settings: Settings,
    database: Database,
    clean: None,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    again: bool,
) -> None:
    sender = Answers(error)

    def instead(_settings: Settings, _database: Database) -> Answers:
        return sender

    monkeypatch.setattr("findigi.gateways.mail.outbox.sender_for", instead)
    async with database.transaction() as tx:
        await mail.post(tx, settings=settings, mail=letter())
    (payload,) = await queued(database)
    for _ in range(2):
        if again:
            with pytest.raises(mail.MailUnreachableError):
                await run(settings, database, payload)
        else:
            await run(settings, database, payload)
    assert sender.count == (2 if again else 1)


async def test_old_mail_is_cleared(settings: Settings, database: Database, clean: None) -> None:
    async with database.transaction() as tx:
        await mail.post(tx, settings=settings, mail=letter())
    await run(settings, database, (await queued(database))[0])
    for days, left in ((29, 1), (31, 0)):
        async with database.transaction() as tx:
            await mail.forget_old(tx, now=utc_now() + timedelta(days=days))
        assert len(await kept(database)) == left
