"""What a mail is, what a sender promises, and how sending can fail."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from findigi.kernel.errors import Refusal


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one address. `code` and `link` repeat what the text says, so that a sandbox can show them apart."""

    id: UUID
    to: str
    subject: str
    text: str
    at: datetime
    code: str | None = None
    link: str | None = None


class MailSender(Protocol):
    """Hands one mail on. Sending the same mail twice is harmless: it carries the same Message-ID."""

    async def send(self, mail: Mail) -> None:
        """Returns when the mail was taken. Raises MailRefusedError (for good) or MailUnreachableError (try again)."""
        ...


class MailRefusedError(Exception):
    """The server will never take this mail: unknown recipient, refused sender or content (SMTP 5xx)."""


class MailUnreachableError(Exception):
    """The server could not be reached, timed out, refused the sign-in or asked to come back later (SMTP 4xx)."""


class MailNotConfigured(Refusal):
    """503: production without a mail server."""

    code = "PROVIDER_NOT_CONFIGURED"
    status = 503
    cause = "No provider is configured for what this request needs."
    fix = "Use test mode, or ask the operator of this installation to configure the provider."
