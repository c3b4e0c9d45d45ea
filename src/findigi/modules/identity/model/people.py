"""What identity knows about a person, a session and a login that waits for its second step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID

Method: TypeAlias = Literal["email", "totp"]

CHALLENGE_LIFE: Final = timedelta(minutes=10)
RESEND_AFTER: Final = timedelta(seconds=30)
CODE_TRIES: Final = 5
RESET_LIFE: Final = timedelta(minutes=30)
INVITE_LIFE: Final = timedelta(days=7)
LINKS_PER_HOUR: Final = 5
"""More reset mails than this an hour are not sent: the button must not fill a stranger's mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user. `invited` is true until the person has set a password."""

    id: UUID
    email: str
    full_name: str
    phone: str | None
    country: str | None
    two_factor: Method | None
    invited: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session as stored."""

    id: UUID
    user_id: UUID
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def lives(self, now: datetime) -> bool:
        """Whether its token is still good."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A login that waits for a code."""

    id: UUID
    user_id: UUID
    method: Method
    code_hash: bytes | None
    tries: int
    sent_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether a code may still be tried."""
        return self.used_at is None and self.tries < CODE_TRIES and now < self.expires_at


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """What a person puts into an authenticator app: the base32 secret, or the same as an otpauth URI."""

    secret: str
    uri: str
