"""What clients does: workspaces, their members, and which workspaces a user has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.cache import HeardCache
from findigi.kernel.clock import utc_now
from findigi.kernel.context import Ctx, Role
from findigi.kernel.db import Database, Tx
from findigi.kernel.errors import Conflict, NotFound, ValidationFailed
from findigi.kernel.paging import Page, cut, decode_cursor
from findigi.modules import identity
from findigi.modules.clients import store
from findigi.modules.clients.errors import LastOwner
from findigi.modules.clients.model import Client, ClientDetails, Member, may_change
from findigi.modules.identity import Person

_LIFE: Final = timedelta(seconds=30)
_MOST: Final = 1_000_000
_NEWEST: Final = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class MyClient:
    """A workspace and the caller's role in it."""

    client: Client
    role: Role


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in a workspace; `role` is None once they are removed."""

    person: Person
    role: Role | None
    added_at: datetime
    change: Literal["none", "added", "changed", "removed"] = "none"


class Workspaces:
    """Long-lived part: which workspaces a user has. Make it before the database starts listening."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: HeardCache[Mapping[UUID, Role]] = HeardCache(
            database, store.MEMBERSHIP_CHANGED, life=_LIFE, most=_MOST
        )

    async def of(self, user_id: UUID, *, fresh: bool = False) -> Mapping[UUID, Role]:
        """The user's workspaces and the role in each; `fresh` asks the database whatever is remembered."""

        async def read() -> Mapping[UUID, Role]:
            async with self._database.reading() as tx:
                return await store.roles_of_user(tx, user_id=user_id)

        now = utc_now()
        if fresh:
            self.distrust(user_id, now)
        found = await self._known.get(user_id, group=user_id, now=now, read=read, weight=_weight)
        return found or {}

    def distrust(self, user_id: UUID, now: datetime) -> None:
        """After changing a user's memberships: asks the database about them until the news has come round."""
        self._known.distrust(user_id, now)


def _weight(roles: Mapping[UUID, Role]) -> int:
    return len(roles) + 1


async def create_client(tx: Tx, *, client_id: UUID, owner_id: UUID, details: ClientDetails, now: datetime) -> Client:
    """A workspace with its first owner, in the caller's transaction; refuses with 400 and the field's name.

    Call `Workspaces.distrust(owner_id, now)` afterwards, so that the next request of the owner sees it.
    """
    client = await store.insert_client(tx, client_id=client_id, details=details.checked(), now=now)
    await store.put_member(tx, client_id=client_id, user_id=owner_id, role=Role.owner, added_by=owner_id, now=now)
    return client


async def add_member(tx: Tx, *, client_id: UUID, user_id: UUID, role: Role, added_by: UUID, now: datetime) -> None:
    """Adds a member or changes their role without asking who may: for seeding, and for modules that have asked.

    Call `Workspaces.distrust(user_id, now)` afterwards.
    """
    await store.put_member(tx, client_id=client_id, user_id=user_id, role=role, added_by=added_by, now=now)


async def get_client(tx: Tx, *, client_id: UUID) -> Client:
    """The workspace; refuses with 404."""
    client = await store.find_client(tx, client_id=client_id)
    if client is None:
        raise NotFound
    return client


async def mark_onboarded(tx: Tx, *, client_id: UUID, now: datetime) -> Client:
    """Makes the workspace active and gives it as it is then; a repeat keeps the first time. Refuses with 404."""
    client = await store.mark_onboarded(tx, client_id=client_id, now=now)
    if client is None:
        raise NotFound
    return client


async def members(tx: Tx, *, client_id: UUID, limit: int, cursor: str | None = None) -> Page[Member]:
    """A page of the workspace's members, the newest first."""
    after = None
    if cursor is not None:
        moment, user = decode_cursor(cursor, int, str)
        after = _place(int(moment), str(user))
    rows = await store.list_members(tx, client_id=client_id, after=after, limit=limit + 1)
    return cut(rows, limit, lambda row: (_milliseconds(row.added_at), row.user_id.hex))


async def create(ctx: Ctx, *, details: ClientDetails) -> Client:
    """A workspace whose owner is the caller."""
    async with ctx.transaction() as tx:
        client = await create_client(tx, client_id=ids.new_id(), owner_id=ctx.user, details=details, now=ctx.now)
    ctx.runtime.part(Workspaces).distrust(ctx.user, ctx.now)
    return client


async def read_one(ctx: Ctx) -> MyClient:
    """The request's workspace."""
    async with ctx.reading() as tx:
        client = await get_client(tx, client_id=ctx.client)
    return MyClient(client, ctx.role or Role.viewer)


async def list_mine(ctx: Ctx, *, limit: int, cursor: str | None) -> Page[MyClient]:
    """A page of the caller's workspaces, the newest first."""
    below = _NEWEST
    if cursor is not None:
        (text,) = decode_cursor(cursor, str)
        below = _uuid(str(text))
    async with ctx.reading() as tx:
        rows = await store.directory(tx, user_id=ctx.user, below=below, limit=limit + 1)
        page = cut(rows, limit, lambda row: (row[0].hex,))
        roles = dict(page.items)
        clients = await store.find_clients(tx, client_ids=list(roles)) if roles else []
    return Page([MyClient(client, roles[client.id]) for client in clients], page.next_cursor)


async def whoami(ctx: Ctx) -> tuple[Person, int]:
    """The caller and the number of their workspaces."""
    async with ctx.reading() as tx:
        people = await identity.users_by_ids(tx, user_ids=[ctx.user])
        count = await store.count_of_user(tx, user_id=ctx.user)
    return people[ctx.user], count


async def list_members(ctx: Ctx, *, limit: int, cursor: str | None) -> Page[Membership]:
    """A page of the workspace's members with their names."""
    async with ctx.reading() as tx:
        page = await members(tx, client_id=ctx.client, limit=limit, cursor=cursor)
        people = await identity.users_by_ids(tx, user_ids=[row.user_id for row in page.items])
    shown = [Membership(people[row.user_id], row.role, row.added_at) for row in page.items]
    return Page(shown, page.next_cursor)


async def put_member(
    ctx: Ctx, *, email: str | None, user_id: UUID | None, full_name: str | None, role: Role | None
) -> Membership:
    """Adds a person to the workspace, changes their role, or removes them (role None).

    They are named by `email` or `user_id`, exactly one. An unknown address is invited by mail as `full_name`.
    Refuses with 403 what only owners may, with 404 an unknown user id, with 409 for the last owner.
    """
    if (email is None) == (user_id is None):
        raise ValidationFailed.of("email", "Name the person by `email` or by `user_id`, one of them.", "ONE_OF")
    actor = ctx.role or Role.viewer
    async with ctx.transaction() as tx:
        client = await _lock(tx, ctx.client)
        person = await _find(tx, email, user_id)
        now_role = None
        if person is not None:
            now_role = await store.role_of(tx, client_id=client.id, user_id=person.id)
        may_change(actor=actor, now=now_role, wanted=role)
        if role is None:
            membership = await _remove(tx, client, person)
        else:
            await _keep_an_owner(tx, client, now=now_role, wanted=role)
            if person is None:
                person = await _invite(tx, ctx, client, str(email), full_name)
            membership = await _put(tx, ctx, client, person, now=now_role, wanted=role)
    ctx.runtime.part(Workspaces).distrust(membership.person.id, ctx.now)
    return membership


async def add_user(ctx: Ctx, *, email: str, full_name: str, role: Role) -> Membership:
    """Creates or finds a person and adds them to the workspace; refuses with 409 who is a member already."""
    async with ctx.transaction() as tx:
        client = await _lock(tx, ctx.client)
        may_change(actor=ctx.role or Role.viewer, now=None, wanted=role)
        person = await identity.find_user_by_email(tx, email=email)
        if person is None:
            person = await _invite(tx, ctx, client, email, full_name)
        elif await store.role_of(tx, client_id=client.id, user_id=person.id) is not None:
            raise Conflict("This person is a member of the workspace already.")
        membership = await _put(tx, ctx, client, person, now=None, wanted=role)
    ctx.runtime.part(Workspaces).distrust(membership.person.id, ctx.now)
    return membership


async def _lock(tx: Tx, client_id: UUID) -> Client:
    # the workspace's row orders all changes of its members: two owners who demote each other take turns
    client = await store.lock_client(tx, client_id=client_id)
    if client is None:
        raise NotFound
    return client


async def _find(tx: Tx, email: str | None, user_id: UUID | None) -> Person | None:
    if email is not None:
        return await identity.find_user_by_email(tx, email=email)
    if user_id is None:
        return None
    person = (await identity.users_by_ids(tx, user_ids=[user_id])).get(user_id)
    if person is None:
        raise NotFound(f"There is no user with the id {ids.to_text(ids.USER, user_id)!r}.")
    return person


async def _remove(tx: Tx, client: Client, person: Person | None) -> Membership:
    member = None
    if person is not None:
        member = await store.find_member(tx, client_id=client.id, user_id=person.id)
    if person is None or member is None:
        raise NotFound("This person is not a member of the workspace.")
    await _keep_an_owner(tx, client, now=member.role, wanted=None)
    await store.delete_member(tx, client_id=client.id, user_id=person.id)
    return Membership(person, None, member.added_at, "removed")


async def _put(tx: Tx, ctx: Ctx, client: Client, person: Person, *, now: Role | None, wanted: Role) -> Membership:
    await store.put_member(tx, client_id=client.id, user_id=person.id, role=wanted, added_by=ctx.user, now=ctx.now)
    member = await store.find_member(tx, client_id=client.id, user_id=person.id)
    added_at = member.added_at if member else ctx.now
    return Membership(person, wanted, added_at, "added" if now is None else "changed")


async def _keep_an_owner(tx: Tx, client: Client, *, now: Role | None, wanted: Role | None) -> None:
    leaves = now is Role.owner and wanted is not Role.owner
    if leaves and await store.count_owners(tx, client_id=client.id) == 1:
        raise LastOwner


async def _invite(tx: Tx, ctx: Ctx, client: Client, email: str, full_name: str | None) -> Person:
    try:
        person = await identity.create_user(
            tx,
            user_id=ids.new_id(),
            email=email,
            full_name=full_name or email.strip().partition("@")[0],
            now=ctx.now,
        )
    except Conflict:
        # another workspace invited the same address between our look and our insert: it is one person
        person = await identity.find_user_by_email(tx, email=email)
        if person is None:
            raise
        return person
    await identity.invite(tx, settings=ctx.runtime.settings, person=person, workspace=client.name, now=ctx.now)
    return person


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _place(milliseconds: int, user: str) -> tuple[datetime, UUID]:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds), _uuid(user)
    except OverflowError:
        raise _bad_cursor() from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed.of("cursor", "cursor is not one that this list gave; leave it out to start at the top.")
