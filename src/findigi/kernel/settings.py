"""Settings: one frozen object read from `FINDIGI_*` environment variables, passed on explicitly.

`load_settings()` is the only reader of the environment. Outside production everything has a default, so that a fresh
checkout starts with no configuration; production refuses to guess (secret, database) and never seeds the demo.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FINDIGI_"
SECRET_BYTES = 32
"""Least length of the signing secret, in bytes (RFC 7518 section 3.2: a key at least as long as the HS256 digest)."""

Positive = Annotated[int, Field(gt=0)]


class SettingsError(ValueError):
    """The environment is not usable; the text names each variable at fault and never shows its value."""


class _Place(BaseSettings):
    """What must be known before a development secret can be found."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "test", "production"] = "development"
    data: Path = Path(".findigi")
    """Folder of the embedded database, the development secret and scratch files; made on first start."""


class Settings(_Place):
    """All settings. Field `x` is read from `FINDIGI_X`; sizes, times and counts carry their unit in the name."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(default_factory=lambda data: f"http://127.0.0.1:{data.get('port', 8000)}")
    """Address that clients see: used in links, mail and the sign-in message's domain. No trailing slash."""
    database_url: SecretStr | None = None
    """`postgresql://…` of a server that is run elsewhere; absent: the embedded one under `data`."""
    database_pool_size: Positive = 10
    """Connections per process."""
    secret: SecretStr
    """Signs tokens and derives keys; at least 32 bytes. Outside production it is made once in `data`/secret."""

    api_workers: Positive = 2
    job_workers: Positive = 1
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = Field(default_factory=lambda data: data.get("environment") == "production")

    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; absent: mail is kept in the database only."""
    mail_from: str = "FinDIGI <no-reply@localhost>"

    rate_limit_per_second: Positive = 200
    """Sustained requests per second and client."""
    rate_limit_burst: Positive = 400
    auth_rate_limit_per_minute: Positive = 30
    """Sign-in attempts per minute and source address."""
    access_token_seconds: Positive = 3600
    demo: bool = Field(default_factory=lambda data: data.get("environment") != "production")
    """Seed the demo workspace at start and show its sign-in. Refused in production."""

    @property
    def production(self) -> bool:
        """True where nothing may be guessed."""
        return self.environment == "production"

    @property
    def dsn(self) -> str:
        """The PostgreSQL address in clear. Raises SettingsError where none is known (embedded server not started)."""
        if self.database_url is None:
            msg = f"{PREFIX}DATABASE_URL is not set; only `python -m findigi` starts the embedded database"
            raise SettingsError(msg)
        return self.database_url.get_secret_value()

    @model_validator(mode="after")
    def _refuse_guesses(self) -> Self:
        if len(self.secret.get_secret_value().encode()) < SECRET_BYTES:
            msg = f"{PREFIX}SECRET must have at least {SECRET_BYTES} bytes"
            raise ValueError(msg)
        if self.production and self.demo:
            msg = f"{PREFIX}DEMO must be off in production: the demo's sign-in is public"
            raise ValueError(msg)
        if self.production and self.database_url is None:
            msg = f"{PREFIX}DATABASE_URL must be set in production: the embedded database is for one machine"
            raise ValueError(msg)
        return self


def load_settings(**overrides: Any) -> Settings:
    """Read the environment once; `overrides` win over it.

    Creates `data`/secret (mode 0600) when no secret is given outside production.
    Raises SettingsError, naming every variable that is missing, unknown or wrong.
    """
    _refuse_unknown_names()
    try:
        if "secret" not in overrides and not os.environ.get(f"{PREFIX}SECRET"):
            place = _Place(**{key: overrides[key] for key in ("environment", "data") if key in overrides})
            if place.environment == "production":
                msg = f"{PREFIX}SECRET must be set in production (at least {SECRET_BYTES} random bytes, as text)"
                raise SettingsError(msg)
            overrides["secret"] = _kept_secret(place.data)
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_readable(error)) from None


def _refuse_unknown_names() -> None:
    """A misspelt variable would otherwise be ignored, and a default would quietly take its place."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            msg = f"{name} is not a setting of this program{hint}"
            raise SettingsError(msg)


def _readable(error: ValidationError) -> str:
    lines: list[str] = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        if item["type"] == "default_factory_not_called":
            continue  # follows from the error of another variable
        where = "".join(f"{PREFIX}{part!s}".upper() for part in item["loc"][:1])
        lines.append(f"{where}: {item['msg']}" if where else item["msg"].removeprefix("Value error, "))
    return "; ".join(lines)


def _kept_secret(data: Path) -> str:
    """The secret in `data`/secret, made on first use. Two first starts at once agree: link(2) has one winner."""
    path = data / "secret"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = data / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another start won; its secret is read below
                os.link(fresh, path)
        finally:
            fresh.unlink()
    return path.read_text("ascii").strip()
