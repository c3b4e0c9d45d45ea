"""Rows of mail: the sandbox mailbox, and which mails are done with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from findigi.gateways.mail.message import Mail
from findigi.kernel.db import Database, Tx

KEEP_SQL = """
insert into sandbox_mail (id, recipient, subject, body, code, link, written_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do nothing"""
LIST_SQL = """
select id, recipient, subject, body, code, link, written_at from sandbox_mail
where id < $1
order by id desc
limit $2"""
LIST_FOR_ADDRESS_SQL = """
select id, recipient, subject, body, code, link, written_at from sandbox_mail
where recipient = $1 and id < $2
order by id desc
limit $3"""
WAS_HANDED_ON_SQL = "select exists (select from mail_delivery where id = $1)"
HANDED_ON_SQL = """
insert into mail_delivery (id, outcome, done_at) values ($1, $2, clock_timestamp())
on conflict (id) do nothing"""
FORGET_DELIVERIES_SQL = "delete from mail_delivery where id < $1"
FORGET_KEPT_SQL = "delete from sandbox_mail where id < $1"

NEWEST = UUID(int=(1 << 128) - 1)
"""Above every id: where a list begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in the sandbox mailbox."""

    id: UUID
    to: str
    subject: str
    text: str
    code: str | None
    link: str | None
    at: datetime


class SandboxMailbox:
    """A sender of the same shape as the SMTP client, whose mails stay in the table `sandbox_mail` to be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mail: Mail) -> None:
        """Keeps the mail; a repeat changes nothing."""
        async with self._database.reading() as tx:
            await tx.run(KEEP_SQL, mail.id, mail.to, mail.subject, mail.text, mail.code, mail.link, mail.at)


async def list_kept(tx: Tx, *, address: str | None, below: UUID = NEWEST, limit: int) -> list[Kept]:
    """Kept mails with ids under `below`, newest first; of one recipient where `address` is given."""
    if address is None:
        rows = await tx.rows(LIST_SQL, below, limit)
    else:
        rows = await tx.rows(LIST_FOR_ADDRESS_SQL, address, below, limit)
    return [
        Kept(
            id=row["id"],
            to=row["recipient"],
            subject=row["subject"],
            text=row["body"],
            code=row["code"],
            link=row["link"],
            at=row["written_at"],
        )
        for row in rows
    ]


async def was_handed_on(tx: Tx, *, mail_id: UUID) -> bool:
    """Whether a worker is done with this mail."""
    return bool(await tx.value(WAS_HANDED_ON_SQL, mail_id))


async def handed_on(tx: Tx, *, mail_id: UUID, outcome: str) -> None:
    """Remembers that a worker is done with this mail: `sent` or `refused`."""
    await tx.run(HANDED_ON_SQL, mail_id, outcome)


async def forget(tx: Tx, *, below: UUID) -> None:
    """Deletes what is older than the id `below`."""
    await tx.run(FORGET_DELIVERIES_SQL, below)
    await tx.run(FORGET_KEPT_SQL, below)
