"""Logging: structlog for this program and for the standard library's loggers, in one format, redacted.

Every line passes `redact` last, so that a credential or card number that was put into an event by mistake is not
written. `request_id` and the like are bound with `structlog.contextvars.bind_contextvars`.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"
_SECRET_KEYS: Final = frozenset(
    {
        "password", "new_password", "passphrase", "token", "access_token", "refresh_token", "id_token", "authorization",
        "proxy_authorization", "cookie", "set_cookie", "secret", "client_secret", "api_key", "private_key", "seed",
        "mnemonic", "code", "otp", "totp", "pin", "cvv", "cvc", "card_number", "pan", "smtp_url", "database_url", "dsn",
    }
)  # fmt: skip
_SECRET_ENDINGS: Final = ("_password", "_token", "_secret", "_private_key", "_api_key")
_JWT: Final = re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*")  # RFC 7519: base64url of '{"…', twice, and a signature
_BEARER: Final = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_URL_PASSWORD: Final = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", re.IGNORECASE)
_DIGITS: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")  # ISO/IEC 7812: 13 to 19 digits
_DEPTH: Final = 6


class LogSettings(Protocol):
    """What `configure` reads of the settings."""

    @property
    def log_level(self) -> str:
        """Least level written: debug, info, warning or error."""
        ...

    @property
    def log_json(self) -> bool:
        """One JSON object per line, else text for a person."""
        ...


def configure(settings: LogSettings) -> None:
    """Send all logging of this process to standard error: JSON lines or coloured text. Call once, at start."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("httpx", "httpcore", "asyncio", "pgqueuer"):  # each request or dequeue would be a line
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: hide values of secret keys, tokens, passwords in addresses, card numbers."""
    return {key: HIDDEN if _is_secret(key) else _clean(value, _DEPTH) for key, value in event.items()}


def redact_text(text: str) -> str:
    """`text` without JWTs, authorisation values, passwords in addresses and card numbers (Luhn, ISO/IEC 7812-1)."""
    text = _JWT.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    return _DIGITS.sub(lambda found: HIDDEN if _luhn(found[0]) else found[0], text)


def _is_secret(key: str) -> bool:
    plain = key.lower().replace("-", "_")
    return plain in _SECRET_KEYS or plain.endswith(_SECRET_ENDINGS)


def _clean(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return HIDDEN if _luhn(str(value)) else value
    if depth > 0 and isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {str(key): HIDDEN if _is_secret(str(key)) else _clean(inner, depth - 1) for key, inner in pairs}
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner, depth - 1) for inner in cast("Iterable[object]", value)]
    return redact_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _luhn(text: str) -> bool:
    """The check of ISO/IEC 7812-1 annex B, for 13 to 19 digits; blanks and hyphens do not count."""
    digits = [int(char) for char in text if char.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
