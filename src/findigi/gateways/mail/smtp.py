"""The SMTP client: one connection per mail, encrypted wherever the address asks for it or a password is sent.

`smtps://` is TLS from the first byte (port 465, RFC 8314), `starttls://` insists on STARTTLS (port 587, RFC 3207),
`smtp://` (port 587 with a user, else 25) takes STARTTLS where it is offered and insists on it when there is a user.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from findigi.gateways.mail.message import Mail, MailRefusedError, MailUnreachableError

_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    implicit_tls: bool
    start_tls: bool | None  # None: where the server offers it


def _parse(url: str) -> _Server:
    """The server behind the address. Raises ValueError, without the password, for one that names none."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps", "starttls") or not parts.hostname:
        raise ValueError("the mail server's address must be smtp://, smtps:// or starttls:// with a host")
    user = unquote(parts.username) if parts.username else None
    usual = {"smtps": 465, "starttls": 587, "smtp": 587 if user else 25}[parts.scheme]
    must_upgrade = parts.scheme == "starttls" or (parts.scheme == "smtp" and user is not None)
    return _Server(
        host=parts.hostname,
        port=parts.port or usual,
        user=user,
        password=unquote(parts.password) if parts.password else None,
        implicit_tls=parts.scheme == "smtps",
        start_tls=False if parts.scheme == "smtps" else (True if must_upgrade else None),
    )


class SmtpSender:
    """Sends through the server at `url`. `timeout_seconds` bounds each exchange; `tls` replaces the system's trust."""

    def __init__(
        self, url: str, sender: str, *, timeout_seconds: float = 15.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = _parse(url)
        self._sender = sender
        self._timeout_seconds = timeout_seconds
        self._tls = tls

    async def send(self, mail: Mail) -> None:
        """See MailSender."""
        server = self._server
        try:
            await aiosmtplib.send(
                self._message(mail),
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.implicit_tls,
                start_tls=server.start_tls,
                timeout=self._timeout_seconds,
                tls_context=self._tls,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= _PERMANENT for refused in error.recipients):
                raise MailRefusedError(f"recipient refused: {error.recipients[0].code}") from error
            raise MailUnreachableError(f"recipient deferred: {error.recipients[0].code}") from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            if error.code >= _PERMANENT:
                raise MailRefusedError(f"refused: {error.code} {error.message}") from error
            raise MailUnreachableError(f"deferred: {error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError) as error:
            # a wrong sign-in is our configuration, not the mail's fault: it is kept and tried again
            raise MailUnreachableError(f"{type(error).__name__}: {error}") from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.at)
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{mail.id.hex}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
        message.set_content(mail.text)
        return message
