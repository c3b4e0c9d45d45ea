"""The way out: a mail is a job of the transaction that causes it, and a worker hands it on once.

The payload is sealed, since mails carry codes and links that are stored elsewhere only as hashes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from findigi.gateways.mail import store
from findigi.gateways.mail.message import Mail, MailNotConfigured, MailRefusedError, MailSender
from findigi.gateways.mail.smtp import SmtpSender
from findigi.gateways.mail.store import SandboxMailbox
from findigi.kernel import ids
from findigi.kernel.crypto import seal, unseal
from findigi.kernel.db import Database, Tx
from findigi.kernel.jobs import Job, JobEnv, enqueue
from findigi.kernel.settings import Settings

SEND: Final = "mail.send"
KEPT: Final = timedelta(days=30)
_PURPOSE: Final = "mail.payload"
_BOUND: Final = b"mail"

log = structlog.get_logger(__name__)


def sender_for(settings: Settings, database: Database) -> MailSender:
    """SMTP where a server is configured, else the sandbox mailbox; refuses with 503 in production without a server."""
    check_configured(settings)
    if settings.smtp_url is not None:
        return SmtpSender(settings.smtp_url.get_secret_value(), settings.mail_from)
    return SandboxMailbox(database)


def check_configured(settings: Settings) -> None:
    """Refuses with 503 PROVIDER_NOT_CONFIGURED where no mail could ever leave: production without a mail server."""
    if settings.production and settings.smtp_url is None:
        raise MailNotConfigured


async def post(tx: Tx, *, settings: Settings, mail: Mail) -> None:
    """Queues the mail in the caller's transaction: it leaves after the commit, or never existed."""
    check_configured(settings)
    payload = seal(settings, _PURPOSE, msgspec.msgpack.encode(mail), bound_to=_BOUND)
    await enqueue(tx, SEND, payload, dedupe_key=f"{SEND}:{mail.id}")


async def _send(env: JobEnv, payload: bytes) -> None:
    mail = msgspec.msgpack.decode(unseal(env.settings, _PURPOSE, payload, bound_to=_BOUND), type=Mail)
    async with env.database.reading() as tx:
        if await store.was_handed_on(tx, mail_id=mail.id):
            return
    outcome = "sent"
    try:
        await sender_for(env.settings, env.database).send(mail)
    except MailRefusedError as error:
        # for good: trying again would give the same answer, and the server a reason to distrust us
        outcome = "refused"
        log.warning("mail_refused", mail_id=str(mail.id), error=str(error))
    async with env.database.reading() as tx:
        await store.handed_on(tx, mail_id=mail.id, outcome=outcome)


async def forget_old(tx: Tx, *, now: datetime) -> None:
    """Deletes kept mails and delivery notes older than 30 days; a daily job calls it."""
    await store.forget(tx, below=ids.first_at(now - KEPT))


jobs: Final = (Job(SEND, _send, max_attempts=12, max_delay_seconds=300),)
"""What a worker runs for this gateway."""
