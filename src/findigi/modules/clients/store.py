"""All SQL of clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from findigi.kernel.context import Role
from findigi.kernel.db import Row, Tx, uuids
from findigi.kernel.sets import Part
from findigi.modules.clients.model import Client, ClientDetails, Member

MEMBERSHIP_CHANGED: Final = "clients_membership_changed"
"""Channel on which the id of a user whose memberships changed is told to every process."""

INSERT_CLIENT_SQL = """
insert into client (client_id, name, kind, country, base_currency, registration_number, tax_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning client_id, name, kind, country, base_currency, registration_number, tax_id, status, approval_mode,
    verification_status, created_at, onboarded_at"""
FIND_CLIENT_SQL = """
select client_id, name, kind, country, base_currency, registration_number, tax_id, status, approval_mode,
    verification_status, created_at, onboarded_at
from client where client_id = $1"""
FIND_CLIENTS_SQL = """
select client_id, name, kind, country, base_currency, registration_number, tax_id, status, approval_mode,
    verification_status, created_at, onboarded_at
from client where client_id = any($1::uuid[]) order by client_id desc"""
LOCK_CLIENT_SQL = """
select client_id, name, kind, country, base_currency, registration_number, tax_id, status, approval_mode,
    verification_status, created_at, onboarded_at
from client where client_id = $1 for no key update"""
ONBOARDED_SQL = """
update client set status = 'active', onboarded_at = coalesce(onboarded_at, $2) where client_id = $1
returning client_id, name, kind, country, base_currency, registration_number, tax_id, status, approval_mode,
    verification_status, created_at, onboarded_at"""

ROLE_SQL = "select role from membership where client_id = $1 and user_id = $2"
COUNT_OWNERS_SQL = "select count(*) from membership where client_id = $1 and role = 'owner'"
PUT_MEMBER_PART = """
insert into membership (client_id, user_id, role, added_at, added_by) values ({}, {}, {}, {}, {})
on conflict (client_id, user_id) do update set role = excluded.role"""
PUT_DIRECTORY_PART = """
insert into user_workspace (user_id, workspace_id, role) values ({}, {}, {})
on conflict (user_id, workspace_id) do update set role = excluded.role"""
DELETE_MEMBER_PART = "delete from membership where client_id = {} and user_id = {}"
DELETE_DIRECTORY_PART = "delete from user_workspace where user_id = {} and workspace_id = {}"
TELL_SQL = "select pg_notify($1, $2)"
MEMBER_SQL = "select user_id, role, added_at from membership where client_id = $1 and user_id = $2"
MEMBERS_SQL = """
select user_id, role, added_at from membership where client_id = $1 order by added_at desc, user_id desc limit $2"""
MEMBERS_AFTER_SQL = """
select user_id, role, added_at from membership
where client_id = $1 and (added_at, user_id) < ($3::timestamptz, $4::uuid)
order by added_at desc, user_id desc limit $2"""

ROLES_OF_USER_SQL = "select workspace_id, role from user_workspace where user_id = $1"
COUNT_OF_USER_SQL = "select count(*) from user_workspace where user_id = $1"
DIRECTORY_SQL = """
select workspace_id, role from user_workspace where user_id = $1 and workspace_id < $2
order by workspace_id desc limit $3"""


def _client(row: Row) -> Client:
    return Client(
        id=row["client_id"],
        name=row["name"],
        kind=row["kind"],
        country=row["country"],
        base_currency=row["base_currency"],
        registration_number=row["registration_number"],
        tax_id=row["tax_id"],
        status=row["status"],
        approval_mode=row["approval_mode"],
        verification_status=row["verification_status"],
        created_at=row["created_at"],
        onboarded_at=row["onboarded_at"],
    )


def _member(row: Row) -> Member:
    return Member(user_id=row["user_id"], role=Role[row["role"]], added_at=row["added_at"])


async def insert_client(tx: Tx, *, client_id: UUID, details: ClientDetails, now: datetime) -> Client:
    """A new workspace without members."""
    row = await tx.row(
        INSERT_CLIENT_SQL,
        client_id,
        details.name,
        details.kind,
        details.country,
        details.base_currency,
        details.registration_number,
        details.tax_id,
        now,
    )
    if row is None:
        raise RuntimeError("insert … returning gave no row")
    return _client(row)


async def find_client(tx: Tx, *, client_id: UUID) -> Client | None:
    """The workspace."""
    row = await tx.row(FIND_CLIENT_SQL, client_id)
    return None if row is None else _client(row)


async def find_clients(tx: Tx, *, client_ids: Sequence[UUID]) -> list[Client]:
    """The workspaces with those ids, newest first."""
    return [_client(row) for row in await tx.rows(FIND_CLIENTS_SQL, uuids(client_ids))]


async def lock_client(tx: Tx, *, client_id: UUID) -> Client | None:
    """The workspace; who else locks it waits until this transaction ends."""
    row = await tx.row(LOCK_CLIENT_SQL, client_id)
    return None if row is None else _client(row)


async def mark_onboarded(tx: Tx, *, client_id: UUID, now: datetime) -> Client | None:
    """Sets the workspace to work; a repeat keeps the first time."""
    row = await tx.row(ONBOARDED_SQL, client_id, now)
    return None if row is None else _client(row)


async def role_of(tx: Tx, *, client_id: UUID, user_id: UUID) -> Role | None:
    """The user's role in the workspace."""
    role: str | None = await tx.value(ROLE_SQL, client_id, user_id)
    return None if role is None else Role[role]


async def count_owners(tx: Tx, *, client_id: UUID) -> int:
    """How many owners the workspace has."""
    return int(await tx.value(COUNT_OWNERS_SQL, client_id))


async def put_member(tx: Tx, *, client_id: UUID, user_id: UUID, role: Role, added_by: UUID, now: datetime) -> None:
    """Adds a member or changes their role, in both directions, and tells every process."""
    await tx.run_together(
        [
            Part(PUT_MEMBER_PART, (client_id, user_id, role.name, now, added_by)),
            Part(PUT_DIRECTORY_PART, (user_id, client_id, role.name)),
        ]
    )
    await tx.rows(TELL_SQL, MEMBERSHIP_CHANGED, str(user_id))


async def delete_member(tx: Tx, *, client_id: UUID, user_id: UUID) -> None:
    """Removes a member, in both directions, and tells every process."""
    await tx.run_together(
        [Part(DELETE_MEMBER_PART, (client_id, user_id)), Part(DELETE_DIRECTORY_PART, (user_id, client_id))]
    )
    await tx.rows(TELL_SQL, MEMBERSHIP_CHANGED, str(user_id))


async def find_member(tx: Tx, *, client_id: UUID, user_id: UUID) -> Member | None:
    """One member."""
    row = await tx.row(MEMBER_SQL, client_id, user_id)
    return None if row is None else _member(row)


async def list_members(tx: Tx, *, client_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Member]:
    """Members, the newest first, from behind `after`."""
    if after is None:
        rows = await tx.rows(MEMBERS_SQL, client_id, limit)
    else:
        rows = await tx.rows(MEMBERS_AFTER_SQL, client_id, limit, *after)
    return [_member(row) for row in rows]


async def roles_of_user(tx: Tx, *, user_id: UUID) -> dict[UUID, Role]:
    """All workspaces of a user and the role in each."""
    return {row["workspace_id"]: Role[row["role"]] for row in await tx.rows(ROLES_OF_USER_SQL, user_id)}


async def count_of_user(tx: Tx, *, user_id: UUID) -> int:
    """How many workspaces a user has."""
    return int(await tx.value(COUNT_OF_USER_SQL, user_id))


async def directory(tx: Tx, *, user_id: UUID, below: UUID, limit: int) -> list[tuple[UUID, Role]]:
    """A user's workspaces with ids under `below` and the role in each, the newest first."""
    rows = await tx.rows(DIRECTORY_SQL, user_id, below, limit)
    return [(row["workspace_id"], Role[row["role"]]) for row in rows]
