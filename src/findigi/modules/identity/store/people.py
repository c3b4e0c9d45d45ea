"""Rows of users, sessions and links that set a password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from findigi.kernel.db import Row, Tx, uuids
from findigi.modules.identity.model import Person, SessionRow

SESSION_ENDED: Final = "identity_session_ended"
"""Channel on which the id of a user whose sessions ended is told to every process."""

INSERT_USER_SQL = """
insert into identity_user (id, email, full_name, phone, country, password_hash, created_at, password_changed_at)
values ($1, $2, $3, $4, $5, $6::text, $7::timestamptz, case when $6::text is null then null else $7::timestamptz end)
on conflict (email) do nothing
returning id, email, full_name, phone, country, two_factor, password_hash is null as invited, created_at"""
FIND_BY_EMAIL_SQL = """
select id, email, full_name, phone, country, two_factor, password_hash is null as invited, created_at
from identity_user where email = $1"""
FIND_MANY_SQL = """
select id, email, full_name, phone, country, two_factor, password_hash is null as invited, created_at
from identity_user where id = any($1::uuid[])"""
CREDENTIAL_SQL = "select id, password_hash from identity_user where email = $1"
LOCK_CREDENTIAL_SQL = "select password_hash from identity_user where id = $1 for share"
REHASH_SQL = "update identity_user set password_hash = $3 where id = $1 and password_hash = $2"
SET_CREDENTIAL_SQL = "update identity_user set password_hash = $2, password_changed_at = $3 where id = $1"
SET_TWO_FACTOR_SQL = "update identity_user set two_factor = $2 where id = $1"

INSERT_SESSION_SQL = """
insert into identity_session (id, user_id, agent, address, created_at, last_seen_at, expires_at)
values ($1, $2, $3, $4, $5, $5, $6)"""
FIND_SESSION_SQL = "select id, user_id, last_seen_at, expires_at, ended_at from identity_session where id = $1"
SEEN_SQL = "update identity_session set last_seen_at = $2 where id = $1 and last_seen_at < $2"
END_SESSION_SQL = """
with ended as (
    update identity_session set ended_at = $3 where id = $1 and user_id = $2 and ended_at is null returning 1)
select count(*) from ended"""
END_SESSIONS_SQL = """
with ended as (
    update identity_session set ended_at = $2
    where user_id = $1 and ended_at is null and expires_at > $2 and id is distinct from $3
    returning 1)
select count(*) from ended"""
TELL_SQL = "select pg_notify($1, $2)"

INSERT_LINK_SQL = """
insert into identity_password_link (token_hash, request_id, user_id, purpose, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (request_id) do nothing
returning 1"""
COUNT_LINKS_SQL = """
select count(*) from identity_password_link where user_id = $1 and purpose = 'reset' and created_at > $2"""
FIND_LINK_SQL = """
select user_id from identity_password_link where token_hash = $1 and used_at is null and expires_at > $2"""
USE_LINK_SQL = """
update identity_password_link set used_at = $2
where token_hash = $1 and used_at is null and expires_at > $2
returning user_id"""
VOID_LINKS_SQL = "update identity_password_link set used_at = $2 where user_id = $1 and used_at is null"

FORGET_SESSIONS_SQL = "delete from identity_session where expires_at < $1"
FORGET_LINKS_SQL = "delete from identity_password_link where expires_at < $1"


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """Whose password, and its hash; None for an invited person who has set none."""

    user_id: UUID
    password_hash: str | None


def _person(row: Row) -> Person:
    return Person(
        id=row["id"],
        email=row["email"],
        full_name=row["full_name"],
        phone=row["phone"],
        country=row["country"],
        two_factor=row["two_factor"],
        invited=row["invited"],
        created_at=row["created_at"],
    )


async def insert_user(
    tx: Tx,
    *,
    user_id: UUID,
    email: str,
    full_name: str,
    phone: str | None,
    country: str | None,
    password_hash: str | None,
    now: datetime,
) -> Person | None:
    """The new person, or None when the address is taken."""
    row = await tx.row(INSERT_USER_SQL, user_id, email, full_name, phone, country, password_hash, now)
    return None if row is None else _person(row)


async def find_by_email(tx: Tx, *, email: str) -> Person | None:
    """The person with that normalised address."""
    row = await tx.row(FIND_BY_EMAIL_SQL, email)
    return None if row is None else _person(row)


async def find_many(tx: Tx, *, user_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """The people with those ids; unknown ids are left out."""
    return {row["id"]: _person(row) for row in await tx.rows(FIND_MANY_SQL, uuids(user_ids))}


async def password_of(tx: Tx, *, email: str) -> StoredPassword | None:
    """Whose password to check for that address."""
    row = await tx.row(CREDENTIAL_SQL, email)
    return None if row is None else StoredPassword(row["id"], row["password_hash"])


async def lock_password(tx: Tx, *, user_id: UUID) -> str | None:
    """The hash as it is now; it cannot change until the transaction ends."""
    return await tx.value(LOCK_CREDENTIAL_SQL, user_id)


async def rehash(tx: Tx, *, user_id: UUID, old: str, new: str) -> None:
    """Replaces the hash of the same password by one with newer parameters."""
    await tx.run(REHASH_SQL, user_id, old, new)


async def set_password(tx: Tx, *, user_id: UUID, password_hash: str, now: datetime) -> None:
    """Replaces the password."""
    await tx.run(SET_CREDENTIAL_SQL, user_id, password_hash, now)


async def set_two_factor(tx: Tx, *, user_id: UUID, method: str | None) -> None:
    """Turns the second step of a login on or off."""
    await tx.run(SET_TWO_FACTOR_SQL, user_id, method)


async def insert_session(
    tx: Tx, *, session_id: UUID, user_id: UUID, agent: str, address: str, now: datetime, expires_at: datetime
) -> None:
    """A new session."""
    await tx.run(INSERT_SESSION_SQL, session_id, user_id, agent, address, now, expires_at)


async def find_session(tx: Tx, *, session_id: UUID) -> SessionRow | None:
    """The session, ended or not."""
    row = await tx.row(FIND_SESSION_SQL, session_id)
    if row is None:
        return None
    return SessionRow(
        id=row["id"],
        user_id=row["user_id"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
    )


async def seen(tx: Tx, *, session_id: UUID, now: datetime) -> None:
    """Moves the session's last sign of life forward."""
    await tx.run(SEEN_SQL, session_id, now)


async def end_session(tx: Tx, *, session_id: UUID, user_id: UUID, now: datetime) -> int:
    """Ends one session and tells every process; gives 1, or 0 when it had ended."""
    ended: int = await tx.value(END_SESSION_SQL, session_id, user_id, now)
    await tx.rows(TELL_SQL, SESSION_ENDED, str(user_id))
    return ended


async def end_sessions(tx: Tx, *, user_id: UUID, now: datetime, but: UUID | None) -> int:
    """Ends a user's sessions, `but` one if given, and tells every process; gives how many."""
    ended: int = await tx.value(END_SESSIONS_SQL, user_id, now, but)
    await tx.rows(TELL_SQL, SESSION_ENDED, str(user_id))
    return ended


async def insert_link(
    tx: Tx, *, token_hash: bytes, request_id: UUID, user_id: UUID, purpose: str, now: datetime, expires_at: datetime
) -> bool:
    """Writes a link; False when the same request wrote one before."""
    return await tx.value(INSERT_LINK_SQL, token_hash, request_id, user_id, purpose, now, expires_at) is not None


async def count_reset_links(tx: Tx, *, user_id: UUID, since: datetime) -> int:
    """How many reset links the user was sent since then."""
    return int(await tx.value(COUNT_LINKS_SQL, user_id, since))


async def find_link(tx: Tx, *, token_hash: bytes, now: datetime) -> UUID | None:
    """Whose link it is, if it still works."""
    return await tx.value(FIND_LINK_SQL, token_hash, now)


async def use_link(tx: Tx, *, token_hash: bytes, now: datetime) -> UUID | None:
    """Uses the link up and gives whose it was; None when somebody was faster or it is too old."""
    return await tx.value(USE_LINK_SQL, token_hash, now)


async def void_links(tx: Tx, *, user_id: UUID, now: datetime) -> None:
    """Uses up all other links of the user."""
    await tx.run(VOID_LINKS_SQL, user_id, now)


async def forget(tx: Tx, *, before: datetime) -> None:
    """Deletes sessions and links that expired before that moment."""
    await tx.run(FORGET_SESSIONS_SQL, before)
    await tx.run(FORGET_LINKS_SQL, before)
