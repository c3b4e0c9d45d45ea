"""Rows of failed tries, login challenges and authenticator secrets."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from findigi.kernel.db import Tx
from findigi.modules.identity.model import Challenge

# One statement decides and counts, so that a thousand tries at once are a thousand tries.
TAKE_TRY_SQL = """
insert into identity_tries as t (kind, subject, failures, last_at) values ($1, $2, 1, $3)
on conflict (kind, subject) do update set
    failures = case when t.last_at < $4 then 1 else t.failures + 1 end, last_at = $3, locked_until = null
where t.locked_until is null or t.locked_until <= $3
returning failures"""
LOCKED_UNTIL_SQL = "select locked_until from identity_tries where kind = $1 and subject = $2"
LOCK_SQL = "update identity_tries set locked_until = $3 where kind = $1 and subject = $2"
CLEAR_TRIES_SQL = "delete from identity_tries where kind = $1 and subject = $2"
GIVE_BACK_TRY_SQL = """
update identity_tries set failures = greatest(failures - 1, 0), locked_until = null where kind = $1 and subject = $2"""
FORGET_TRIES_SQL = "delete from identity_tries where last_at < $1 and (locked_until is null or locked_until < $1)"

INSERT_CHALLENGE_SQL = """
insert into identity_challenge (id, user_id, method, code_hash, sent_at, expires_at) values ($1, $2, $3, $4, $5, $6)"""
LOCK_CHALLENGE_SQL = """
select id, user_id, method, code_hash, tries, sent_at, expires_at, used_at
from identity_challenge where id = $1 for update"""
COUNT_CODE_TRY_SQL = "update identity_challenge set tries = tries + 1 where id = $1"
USE_CHALLENGE_SQL = "update identity_challenge set used_at = $2 where id = $1"
RENEW_CODE_SQL = "update identity_challenge set code_hash = $2, sent_at = $3 where id = $1"
VOID_CHALLENGES_SQL = "update identity_challenge set used_at = $2 where user_id = $1 and used_at is null"
FORGET_CHALLENGES_SQL = "delete from identity_challenge where expires_at < $1"

PUT_TOTP_SQL = """
insert into identity_totp (user_id, secret_sealed, created_at) values ($1, $2, $3)
on conflict (user_id) do update set
    secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = 0
where identity_totp.confirmed_at is null"""
TOTP_SQL = "select secret_sealed from identity_totp where user_id = $1"
USE_STEP_SQL = "update identity_totp set last_step = $2 where user_id = $1 and last_step < $2"
CONFIRM_TOTP_SQL = "update identity_totp set confirmed_at = $2 where user_id = $1"


async def take_try(tx: Tx, *, kind: str, subject: str, now: datetime, forgiven_before: datetime) -> int | None:
    """Counts one try as failed and gives the number of failures; None when the subject is locked now."""
    return await tx.value(TAKE_TRY_SQL, kind, subject, now, forgiven_before)


async def locked_until(tx: Tx, *, kind: str, subject: str) -> datetime | None:
    """When the subject's lock ends."""
    return await tx.value(LOCKED_UNTIL_SQL, kind, subject)


async def lock(tx: Tx, *, kind: str, subject: str, until: datetime) -> None:
    """Lets no further try pass until then."""
    await tx.run(LOCK_SQL, kind, subject, until)


async def clear_tries(tx: Tx, *, kind: str, subject: str) -> None:
    """Forgives all failures."""
    await tx.run(CLEAR_TRIES_SQL, kind, subject)


async def give_back_try(tx: Tx, *, kind: str, subject: str) -> None:
    """Takes one try back, which did not fail after all, and with it the lock that it brought."""
    await tx.run(GIVE_BACK_TRY_SQL, kind, subject)


async def insert_challenge(
    tx: Tx,
    *,
    challenge_id: UUID,
    user_id: UUID,
    method: str,
    code_hash: bytes | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """A login that waits for its code."""
    await tx.run(INSERT_CHALLENGE_SQL, challenge_id, user_id, method, code_hash, now, expires_at)


async def lock_challenge(tx: Tx, *, challenge_id: UUID) -> Challenge | None:
    """The challenge; nobody else can try a code on it until the transaction ends."""
    row = await tx.row(LOCK_CHALLENGE_SQL, challenge_id)
    if row is None:
        return None
    return Challenge(
        id=row["id"],
        user_id=row["user_id"],
        method=row["method"],
        code_hash=row["code_hash"],
        tries=row["tries"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )


async def count_code_try(tx: Tx, *, challenge_id: UUID) -> None:
    """One wrong code more."""
    await tx.run(COUNT_CODE_TRY_SQL, challenge_id)


async def use_challenge(tx: Tx, *, challenge_id: UUID, now: datetime) -> None:
    """Closes the challenge for good."""
    await tx.run(USE_CHALLENGE_SQL, challenge_id, now)


async def renew_code(tx: Tx, *, challenge_id: UUID, code_hash: bytes, now: datetime) -> None:
    """Replaces the code by a new one; the old one no longer works."""
    await tx.run(RENEW_CODE_SQL, challenge_id, code_hash, now)


async def void_challenges(tx: Tx, *, user_id: UUID, now: datetime) -> None:
    """Closes every open challenge of the user."""
    await tx.run(VOID_CHALLENGES_SQL, user_id, now)


async def put_totp(tx: Tx, *, user_id: UUID, secret_sealed: bytes, now: datetime) -> bool:
    """Keeps a new secret, unconfirmed, in place of any unconfirmed one; False when a confirmed one is in use."""
    return await tx.run(PUT_TOTP_SQL, user_id, secret_sealed, now) == 1


async def totp_of(tx: Tx, *, user_id: UUID) -> bytes | None:
    """The user's sealed authenticator secret."""
    return await tx.value(TOTP_SQL, user_id)


async def use_step(tx: Tx, *, user_id: UUID, step: int) -> bool:
    """Uses the step's code up; False when it or a later one was used before."""
    return await tx.run(USE_STEP_SQL, user_id, step) == 1


async def confirm_totp(tx: Tx, *, user_id: UUID, now: datetime) -> None:
    """The person has shown that the authenticator works."""
    await tx.run(CONFIRM_TOTP_SQL, user_id, now)


async def forget(tx: Tx, *, before: datetime) -> None:
    """Deletes challenges and tries of which nothing was heard since."""
    await tx.run(FORGET_CHALLENGES_SQL, before)
    await tx.run(FORGET_TRIES_SQL, before)
