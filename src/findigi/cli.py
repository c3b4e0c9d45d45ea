"""Command line: `python -m findigi` runs everything; the other commands are parts of it."""

from __future__ import annotations

import asyncio
import pkgutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NoReturn

import typer

from findigi.kernel import launch, log
from findigi.kernel.migrate import MigrationError
from findigi.kernel.postgres import PostgresError
from findigi.kernel.settings import Settings, SettingsError, load_settings
from findigi.kernel.supervise import StartError, say

# by name: main, worker and cli are strangers to each other
APPLICATION: Final = "findigi.main:create_app"
PREPARE: Final = "findigi.main:prepare"
WORKER: Final = "findigi.worker:main"

app = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """FinDIGI: business accounts and crypto treasury behind one API. Without a command: run."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run() -> None:
    """Start database, workers and web server; Ctrl-C stops them."""
    with _plain_errors():
        settings = _settings()
        raise typer.Exit(launch.run(settings, pkgutil.resolve_name(PREPARE)))


@app.command()
def migrate() -> None:
    """Apply migrations to FINDIGI_DATABASE_URL, or to the embedded database."""
    with _plain_errors():
        applied = launch.migrate_only(_settings())
        say(f"applied {', '.join(applied)}" if applied else "nothing to apply")


@app.command(hidden=True)
def serve() -> None:
    """Run the web server alone; needs FINDIGI_DATABASE_URL."""
    with _plain_errors():
        launch.serve(_settings(), APPLICATION)


@app.command(hidden=True)
def worker() -> None:
    """Run one job worker alone; needs FINDIGI_DATABASE_URL."""
    with _plain_errors():
        asyncio.run(pkgutil.resolve_name(WORKER)(_settings()))


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    app()
    sys.exit(0)


def _settings() -> Settings:
    settings = load_settings()
    log.configure(settings)
    return settings


@contextmanager
def _plain_errors() -> Generator[None]:
    """What a person can mend is one sentence and status 1, not a traceback."""
    try:
        yield
    except (SettingsError, StartError, PostgresError, MigrationError) as error:
        say(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
