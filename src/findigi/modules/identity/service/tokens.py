"""Access tokens: HS256 JWTs (RFC 7519) that name a person and a session, with everything pinned that can be."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any, Final

import jwt

from findigi.kernel import ids
from findigi.kernel.crypto import key_for
from findigi.kernel.errors import NotFound, TokenExpired, Unauthenticated
from findigi.kernel.http import Principal
from findigi.kernel.settings import Settings

ISSUER: Final = "findigi"
AUDIENCE: Final = "findigi-api"
_ALGORITHM: Final = "HS256"
_LONGEST: Final = 2_000
_CLAIMS: Final = ["iss", "aud", "sub", "sid", "iat", "exp"]


class Tokens:
    """Issues and reads tokens. A token that was read once is found by its text; its expiry is checked every time."""

    def __init__(self, settings: Settings, *, most: int = 20_000) -> None:
        self._key = key_for(settings, "identity.token")
        self._most = most
        self._read: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def issue(self, principal: Principal, *, now: datetime, expires_at: datetime) -> str:
        """A token for that session."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": ids.to_text(ids.USER, principal.user_id),
            "sid": ids.to_text(ids.SESSION, principal.session_id),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, *, now: datetime) -> Principal:
        """Who the token names. Refuses with TOKEN_EXPIRED what was ours, with UNAUTHENTICATED everything else."""
        known = self._read.get(token)
        if known is None:
            known = self._check(token)
            self._read[token] = known
            if len(self._read) > self._most:
                self._read.popitem(last=False)
        principal, expires = known
        if now.timestamp() >= expires:
            raise TokenExpired
        return principal

    def _check(self, token: str) -> tuple[Principal, float]:
        if len(token) > _LONGEST:
            raise Unauthenticated
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # the time is the caller's `now`, for cached tokens as well
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "strict_aud": True},
            )
            user_id = ids.parse(ids.USER, str(claims["sub"]), "user")
            session_id = ids.parse(ids.SESSION, str(claims["sid"]), "session")
            return Principal(user_id, session_id), float(claims["exp"])
        except (jwt.InvalidTokenError, NotFound, TypeError, ValueError) as error:
            raise Unauthenticated from error
