"""Who is at the door: what the dispatcher must know about a caller, given by the modules that own it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from findigi.kernel.context import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user and the session that the token is bound to."""

    user_id: UUID
    session_id: UUID


class Gate(Protocol):
    """Answers the dispatcher's two questions; both must see a revocation at once."""

    async def principal(self, token: str, now: datetime) -> Principal:
        """The caller behind a bearer token; refuses with 401 when it is not valid now."""
        ...

    async def workspaces(self, user_id: UUID, *, fresh: bool = False) -> Mapping[UUID, Role]:
        """The user's workspaces and the role in each; `fresh` asks the database whatever is remembered."""
        ...
