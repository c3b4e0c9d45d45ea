"""Command line: `python -m findigi` runs everything; the other commands are parts of it."""

from __future__ import annotations

import asyncio
import pkgutil
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Final, NoReturn, TypeVar
from uuid import UUID

import typer

from findigi.kernel import ids, launch, log
from findigi.kernel.db import UNREACHABLE, Database
from findigi.kernel.errors import NotFound
from findigi.kernel.migrate import MigrationError
from findigi.kernel.postgres import PostgresError
from findigi.kernel.settings import Settings, SettingsError, load_settings
from findigi.kernel.supervise import StartError, say

# by name: main, worker and cli are strangers to each other
APPLICATION: Final = "findigi.main:create_app"
PREPARE: Final = "findigi.main:prepare"
WORKER: Final = "findigi.worker:main"
VERIFY: Final = "findigi.modules.ledger.service.verify:verify_all"
EXPORT: Final = "findigi.modules.ledger.service.export:export"

T = TypeVar("T")

app = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)
ledger = typer.Typer(help="Prove the books, or write them out.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")


class ExportFormat(StrEnum):
    """What the books are written for."""

    beancount = "beancount"
    hledger = "hledger"


ClientOption = Annotated[str | None, typer.Option("--client", help="One workspace (cli_…) instead of all.")]


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
        try:
            asyncio.run(pkgutil.resolve_name(WORKER)(_settings()))
        except (*UNREACHABLE, FileNotFoundError) as error:  # the second is the socket's, which went with the server
            raise StartError(f"the worker lost its database ({error or type(error).__name__})") from None


@ledger.command()
def verify(client: ClientOption = None) -> None:
    """Recompute every balance, journal and hash; name the first wrong row and exit with 1, or say what was checked."""
    with _plain_errors():
        report = _with_database(lambda database: pkgutil.resolve_name(VERIFY)(database, client_id=_client_id(client)))
        if report.wrong is not None:
            typer.echo(f"WRONG {report.wrong}")
            raise typer.Exit(1)
        typer.echo(f"right: {report.summary()}")
        for (client_id, is_test), (number, digest) in report.heads.items():
            mode = "test" if is_test else "live"
            typer.echo(f"{ids.to_text(ids.CLIENT, client_id)} {mode}: journal {number}, hash {digest.hex()}")


@ledger.command()
def export(
    form: Annotated[ExportFormat, typer.Option("--format", help="The program that reads it.")],
    client: ClientOption = None,
    test: Annotated[bool, typer.Option("--test/--live", help="Which mode's books.")] = False,
) -> None:
    """Write the books to standard output for Beancount or hledger, debits positive, balances asserted at the end."""
    with _plain_errors():
        _with_database(
            lambda database: pkgutil.resolve_name(EXPORT)(
                database, sys.stdout, form=form.value, is_test=test, client_id=_client_id(client)
            )
        )


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    app()
    sys.exit(0)


def _settings() -> Settings:
    settings = load_settings()
    log.configure(settings)
    return settings


def _client_id(text: str | None) -> UUID | None:
    return None if text is None else ids.parse(ids.CLIENT, text, "workspace")


def _with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    async def connected(dsn: str) -> T:
        database = Database(dsn, size=1, application="findigi-ledger")
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    with launch.database(_settings()) as placed:
        return asyncio.run(connected(placed.dsn))


@contextmanager
def _plain_errors() -> Generator[None]:
    """What a person can mend is one sentence and status 1, not a traceback."""
    try:
        yield
    except (SettingsError, StartError, PostgresError, MigrationError, NotFound) as error:
        say(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
