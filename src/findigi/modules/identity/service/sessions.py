"""Sessions: who is behind a bearer token, on every request, and the end of it at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.cache import HeardCache
from findigi.kernel.context import Ctx
from findigi.kernel.db import Database, Tx
from findigi.kernel.errors import Unauthenticated
from findigi.kernel.http import Principal
from findigi.kernel.settings import Settings
from findigi.modules.identity.model import SessionRow
from findigi.modules.identity.service.tokens import Tokens
from findigi.modules.identity.store import people as store

_LIFE: Final = timedelta(seconds=30)
_SEEN_EVERY: Final = timedelta(minutes=1)
_MOST: Final = 50_000


class Sessions:
    """Long-lived part: checks tokens and remembers living sessions. Make it before the database starts listening."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._tokens = Tokens(settings)
        self._token_life = timedelta(seconds=settings.access_token_seconds)
        self._living: HeardCache[SessionRow] = HeardCache(database, store.SESSION_ENDED, life=_LIFE, most=_MOST)

    async def principal(self, token: str, now: datetime) -> Principal:
        """Who the token names; refuses with 401 when it is not ours, too old, or its session has ended."""
        principal = self._tokens.read(token, now=now)

        async def read() -> SessionRow | None:
            return await self._read(principal.session_id, now)

        session = await self._living.get(principal.session_id, group=principal.user_id, now=now, read=read)
        if session is None or not session.lives(now) or session.user_id != principal.user_id:
            raise Unauthenticated("This session was ended. Sign in again with POST /api/auth/login.")
        return principal

    async def open(self, tx: Tx, *, ctx: Ctx, user_id: UUID) -> tuple[str, int]:
        """A new session in the caller's transaction: its token, and for how many seconds that is good."""
        principal = Principal(user_id, ids.new_id())
        expires_at = ctx.now + self._token_life
        await store.insert_session(
            tx,
            session_id=principal.session_id,
            user_id=user_id,
            agent=ctx.agent.replace("\x00", ""),
            address=ctx.address,
            now=ctx.now,
            expires_at=expires_at,
        )
        token = self._tokens.issue(principal, now=ctx.now, expires_at=expires_at)
        return token, int(self._token_life.total_seconds())

    def distrust(self, user_id: UUID, now: datetime) -> None:
        """After ending a user's sessions: asks the database about them until the news has come round."""
        self._living.distrust(user_id, now)

    async def _read(self, session_id: UUID, now: datetime) -> SessionRow | None:
        async with self._database.reading() as tx:
            session = await store.find_session(tx, session_id=session_id)
            if session is None or not session.lives(now):
                return None
            if now - session.last_seen_at > _SEEN_EVERY:
                await store.seen(tx, session_id=session_id, now=now)
            return session
