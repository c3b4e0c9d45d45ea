"""Launch: bring an instance up and down as one thing: port, database, migrations, preparation, workers, web.

What is started comes in as callables and argument lists, so that this floor knows none of it.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, Never

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from pydantic import SecretStr

from findigi.kernel import metrics
from findigi.kernel.migrate import ensure_database, migrate
from findigi.kernel.postgres import Postgres
from findigi.kernel.settings import PREFIX, Settings
from findigi.kernel.supervise import Child, StartError, Supervisor, claim_port, say

DATABASE: Final = "findigi"
READY_SECONDS: Final = 60.0

Prepare = Callable[[Settings], Awaitable[str | None]]
"""Runs after the migrations, before anything serves; what it returns is shown to the person who started (sign-in)."""


def run(settings: Settings, prepare: Prepare) -> int:
    """Start everything, serve until asked to stop, stop everything within ten seconds; returns the exit status.

    Raises StartError, PostgresError, MigrationError: each text is for the person at the terminal.
    """
    signal.signal(signal.SIGTERM, _interrupt)  # until the supervisor takes over
    began = time.monotonic()
    claim_port(settings.host, settings.port)
    with _server(settings) as (placed, server):
        shown = asyncio.run(_bring_up(placed, prepare))
        env = _child_env(placed)
        with Supervisor() as supervisor:
            if server is not None:
                supervisor.watch("PostgreSQL", server.ended)
            for number in range(1, placed.job_workers + 1):
                name = "worker" if placed.job_workers == 1 else f"worker {number}"
                supervisor.start(Child(name, _own("worker"), again=True), env)  # jobs wait in the database meanwhile
            supervisor.start(Child("web", _own("serve")), env)
            if supervisor.wait_until(lambda: _answers(placed), READY_SECONDS):
                say(_announcement(placed, shown, time.monotonic() - began, embedded=server is not None))
            elif supervisor.asked is None and supervisor.ended() is None:
                msg = f"no answer within {READY_SECONDS:.0f} s of the start; what the web server said about it is above"
                raise StartError(msg)
            return supervisor.wait()


def migrate_only(settings: Settings) -> list[str]:
    """Apply migrations to the configured database, or to the embedded one; returns the names of the files applied."""
    with database(settings) as placed:
        return asyncio.run(migrate(placed.dsn))


@contextmanager
def database(settings: Settings) -> Generator[Settings]:
    """Settings whose `database_url` is known: the given one, or the embedded server's, which runs inside the block."""
    with _server(settings) as (placed, _):
        yield placed


def serve(settings: Settings, factory: str) -> None:
    """Run the web server in this process until SIGTERM; `factory` is `module:function` of an ASGI application."""
    Server(
        factory,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.api_workers,
        runtime_threads=1,  # Python work decides; a second thread for IO only takes from it
        backlog=2048,
        backpressure=512,  # requests in work per process: more wait in the socket, and time out at the client
        workers_kill_timeout=3,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()


@contextmanager
def _server(settings: Settings) -> Generator[tuple[Settings, Postgres | None]]:
    """The same as `database`, with the embedded server, or None where the database is somebody else's."""
    if settings.database_url is not None:
        yield settings, None
        return
    with Postgres(settings.data / "postgres") as server:
        asyncio.run(ensure_database(server.dsn(), DATABASE))
        yield settings.model_copy(update={"database_url": SecretStr(server.dsn(DATABASE))}), server


async def _bring_up(settings: Settings, prepare: Prepare) -> str | None:
    for name in await migrate(settings.dsn):
        say(f"migrated {name}")
    return await prepare(settings)


def _child_env(settings: Settings) -> dict[str, str]:
    return os.environ | {
        f"{PREFIX}DATABASE_URL": settings.dsn,
        metrics.FOLDER_VARIABLE: str(metrics.fresh_folder(settings.data / "metrics")),
    }


def _own(command: str) -> list[str]:
    return [sys.executable, "-m", "findigi", command]


def _local(settings: Settings) -> str:
    """An address at which this machine reaches the server."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 -- compared, not bound


def _answers(settings: Settings) -> bool:
    """Whether the web server gives any answer."""
    connection = http.client.HTTPConnection(_local(settings), settings.port, timeout=1.0)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _announcement(settings: Settings, shown: str | None, seconds: float, *, embedded: bool) -> str:
    where = str(Path(settings.data).resolve()) if embedded else "the database of FINDIGI_DATABASE_URL"
    parts = [f"ready at {settings.public_url} ({seconds:.1f} s)", *([shown] if shown else []), f"data in {where}"]
    return " · ".join(parts)


def _interrupt(number: int, _frame: FrameType | None) -> Never:
    raise StartError(f"{signal.Signals(number).name} while starting; stopped")
