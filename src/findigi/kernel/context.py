"""Who asks, for which workspace, in which mode, when: what every service function is given first."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any, TypeVar
from uuid import UUID

from findigi.kernel.db import Database, Tx
from findigi.kernel.errors import Forbidden
from findigi.kernel.settings import Settings

T = TypeVar("T")


class Role(IntEnum):
    """Roles of a workspace, the stronger the higher: owner > admin > maker > checker > viewer."""

    viewer = 1
    checker = 2
    maker = 3
    admin = 4
    owner = 5


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process has: settings, the database, and the long-lived parts that modules provide to themselves."""

    settings: Settings
    database: Database
    parts: dict[type[Any], Any] = field(default_factory=dict[type[Any], Any])

    def provide(self, part: object) -> None:
        """Keeps one long-lived part (the ledger's writer, a cache) under its class."""
        self.parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        """The part of that class; a missing one is a fault of assembly."""
        return self.parts[kind]


@dataclass(frozen=True, slots=True)
class Ctx:
    """One request or job. `user_id` and `client_id` are set where the endpoint asks for them."""

    runtime: Runtime
    request_id: str
    now: datetime
    is_test: bool = True
    user_id: UUID | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    role: Role | None = None
    address: str = ""
    agent: str = ""
    joined: Tx | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """A transaction of one's own; inside an idempotent request the request's, so that all commits at once."""
        if self.joined is not None:
            yield self.joined
            return
        async with self.runtime.database.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Tx]:
        """A connection for reads: single statements, each with its own snapshot, no BEGIN and COMMIT."""
        if self.joined is not None:
            yield self.joined
            return
        async with self.runtime.database.reading() as tx:
            yield tx

    def within(self, tx: Tx) -> Ctx:
        """The same context inside an open transaction, which the callee joins and does not commit."""
        return replace(self, joined=tx)

    @property
    def user(self) -> UUID:
        """The signed-in user; asking for it on a public endpoint is a fault of ours."""
        if self.user_id is None:
            raise RuntimeError("this endpoint has no signed-in user")
        return self.user_id

    @property
    def client(self) -> UUID:
        """The workspace; asking for it on an endpoint without one is a fault of ours."""
        if self.client_id is None:
            raise RuntimeError("this endpoint has no workspace")
        return self.client_id

    def need_role(self, least: Role) -> None:
        """Refuses with 403 when the caller's role in the workspace is weaker than `least`."""
        if self.role is None or self.role < least:
            have = self.role.name if self.role else "no"
            raise Forbidden(f"This needs the role {least.name} or stronger; yours in this workspace is {have}.")


def mode_name(is_test: bool) -> str:
    """`test` or `live`, as answers name it."""
    return "test" if is_test else "live"
