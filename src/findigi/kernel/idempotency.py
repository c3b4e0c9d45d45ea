"""Idempotency keys: the same key and the same body act once, and get the same bytes again.

The record commits in the same transaction as the effect, so there is no moment in which one exists without the
other. A refusal that the operation itself decided is recorded too; one of the request's form is not, because it is
raised before. Records are kept for 30 days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from findigi.kernel.answer import Answer
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import (
    IdempotencyKeyReused,
    NotFound,
    Refusal,
    RequestInProgress,
    ValidationFailed,
    render,
)
from findigi.kernel.sets import Part, set_part

KEPT = timedelta(days=30)
REPLAYED: Final = (b"idempotent-replayed", b"true")

TRY_LOCK_SQL = "select pg_try_advisory_xact_lock($1)"
FIND_SQL = """
select request_hash, status, answer from idempotency
where client_id = $1 and is_test = $2 and operation = $3 and key = $4"""
RECORD_SQL = """
insert into idempotency (client_id, is_test, operation, key, request_hash, status, answer, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)"""
RECORD_SET = """
insert into idempotency (client_id, is_test, operation, key, request_hash, status, answer, created_at)
select k.client_id, k.is_test, k.operation, k.key, k.request_hash, k.status, convert_to(k.answer, 'UTF8'), k.created_at
from unnest({}::uuid[], {}::boolean[], {}::text[], {}::text[], {}::bytea[], {}::int[], {}::text[], {}::timestamptz[])
    as k (client_id, is_test, operation, key, request_hash, status, answer, created_at)"""
FORGET_SQL = """
delete from idempotency where ctid = any(array(
    select ctid from idempotency where created_at < $1 limit $2))"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key in its scope: workspace (or the user, where the operation has no workspace), mode and operation."""

    client_id: UUID
    is_test: bool
    operation: str
    key: str
    request_hash: bytes

    @property
    def scope(self) -> tuple[UUID, bool, str, str]:
        """What must be unique."""
        return (self.client_id, self.is_test, self.operation, self.key)

    def lock_number(self) -> int:
        """The scope as a signed 64-bit number for an advisory lock."""
        text = f"{self.client_id}{self.is_test}{self.operation}\n{self.key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def check_key(text: str) -> str:
    """A key as sent: 1 to 255 printable ASCII characters."""
    if not 1 <= len(text) <= 255 or not text.isascii() or not text.isprintable():
        raise ValidationFailed.of(
            "Idempotency-Key",
            "Idempotency-Key must be 1 to 255 printable ASCII characters.",
        )
    return text


def replay(key: Key, request_hash: bytes, status: int, body: bytes) -> Answer:
    """The first answer again; refuses when the key belongs to another body."""
    if request_hash != key.request_hash:
        raise IdempotencyKeyReused
    return Answer(status, body, (REPLAYED,))


def record_part(rows: list[tuple[Key, Answer]], now: datetime) -> Part:
    """The set-insert of several records, for a writer that commits many requests at once."""
    return set_part(
        RECORD_SET,
        [(k.client_id, k.is_test, k.operation, k.key, k.request_hash, a.status, a.body.decode(), now) for k, a in rows],
    )


async def once(ctx: Ctx, key: Key, work: Callable[[Ctx], Awaitable[Answer]]) -> Answer:
    """Runs `work` in a transaction of its own together with the record of its answer."""
    async with ctx.transaction() as tx:
        if not await tx.value(TRY_LOCK_SQL, key.lock_number()):
            raise RequestInProgress
        known = await tx.row(FIND_SQL, *key.scope)
        if known is not None:
            return replay(key, known["request_hash"], known["status"], known["answer"])
        try:
            async with tx.savepoint():
                answer = await work(ctx.within(tx))
        except (ValidationFailed, NotFound):
            raise
        except Refusal as refusal:
            if refusal.status >= 500 or refusal.status in (401, 403, 429):
                raise
            answer = Answer(refusal.status, render(refusal, ctx.request_id))
        await _record(tx, key, answer, ctx.now)
        return answer


async def _record(tx: Tx, key: Key, answer: Answer, now: datetime) -> None:
    await tx.run(RECORD_SQL, *key.scope, key.request_hash, answer.status, answer.body, now)


async def forget_old(tx: Tx, now: datetime, *, most: int = 5_000) -> int:
    """Deletes up to `most` records past their 30 days and gives how many; a job calls it until it gives less."""
    return await tx.run(FORGET_SQL, now - KEPT, most)
