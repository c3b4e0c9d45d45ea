"""Migrations: numbered plain SQL, forward only (why not a kept tool: docs/decisions/0001-own-migrator.md).

`NNNN_name.sql` runs in one transaction together with its row in `schema_migration`. A file whose first line is
`-- no-transaction` holds exactly one repeatable statement (`create index concurrently if not exists …`) and runs alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

FOLDER = Path(__file__).parents[3] / "migrations"
LOCK = 4_611_686_018_427_387_001
"""Advisory lock of the migrator; any constant that nothing else in this database uses."""
LOCK_TIMEOUT = "5s"
"""A migration that waits longer than this for a table gives up, rather than queue all traffic behind itself."""
STATEMENT_TIMEOUT = "15min"

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ALONE = "-- no-transaction\n"

_TABLE_SQL = """
create table if not exists schema_migration (
    number int primary key, name text not null, sha256 text not null,
    applied_at timestamptz not null default clock_timestamp(), took interval not null)"""
_TRY_LOCK_SQL = "select pg_try_advisory_lock($1)"
_APPLIED_SQL = "select number, name, sha256 from schema_migration order by number"
_NOW_SQL = "select clock_timestamp()"
_INSERT_SQL = """
insert into schema_migration (number, name, sha256, took)
values ($1, $2, $3, clock_timestamp() - $4::timestamptz)"""
_INVALID_INDEX_SQL = "select indexrelid::regclass::text as name from pg_index where not indisvalid"
_HAS_DATABASE_SQL = "select exists (select from pg_database where datname = $1)"


class MigrationError(RuntimeError):
    """The schema cannot be brought up to this program; the text names the file."""


@dataclass(frozen=True)
class _File:
    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


async def ensure_database(dsn: str, name: str) -> None:
    """Create database `name` on the server behind `dsn` unless it exists. `name` is ours, never a request's."""
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval(_HAS_DATABASE_SQL, name):
            await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()


async def migrate(dsn: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, in order; returns the names of the files applied.

    Safe to run from several places at once: one applies, the others wait and find nothing to do.
    Raises MigrationError for a gap, a repeat, a file changed after it was applied, a database newer than this
    program, a failing statement, or an invalid index left by a broken-off concurrent build.
    """
    files = _read(folder)
    settings = {"application_name": "findigi migrate", "statement_timeout": STATEMENT_TIMEOUT}
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        # polled, not waited for: a blocked pg_advisory_lock() holds a snapshot, for which the holder's
        # `create index concurrently` would wait: deadlock
        while not await connection.fetchval(_TRY_LOCK_SQL, LOCK):  # noqa: ASYNC110 -- the holder may be another process
            await asyncio.sleep(0.1)
        await connection.execute(_TABLE_SQL)
        missing = _missing(files, await connection.fetch(_APPLIED_SQL))
        for file in missing:
            await _apply(connection, file)
        if missing:
            # a plan cached while a table was empty makes later look-ups many times slower
            await connection.execute("analyze")
        if invalid := await connection.fetch(_INVALID_INDEX_SQL):
            msg = f"invalid indexes, drop and repeat: {[row['name'] for row in invalid]}"
            raise MigrationError(msg)
        return [file.name for file in missing]
    finally:
        await connection.close()  # gives the advisory lock back


def _read(folder: Path) -> list[_File]:
    paths = sorted(folder.glob("*.sql"))
    numbers = [int(found[1]) if (found := _NAME.fullmatch(path.name)) else -1 for path in paths]
    if not paths or numbers != list(range(1, len(paths) + 1)):
        msg = f"migrations must be 0001_name.sql and on, without gap or repeat: {[path.name for path in paths]}"
        raise MigrationError(msg)
    return [_File(number, path.name, path.read_text("utf-8")) for number, path in zip(numbers, paths, strict=True)]


def _missing(files: Sequence[_File], applied: Sequence[asyncpg.Record]) -> list[_File]:
    by_number = {file.number: file for file in files}
    for row in applied:
        file = by_number.pop(row["number"], None)
        if file is None:
            msg = f"the database is newer than this program: it has {row['name']}"
            raise MigrationError(msg)
        if file.sha256 != row["sha256"]:
            msg = f"{file.name} was changed after it was applied; write a new migration instead"
            raise MigrationError(msg)
    return list(by_number.values())


async def _apply(connection: Connection, file: _File) -> None:
    began = await connection.fetchval(_NOW_SQL)
    try:
        if file.text.startswith(_ALONE):
            if len([part for part in re.sub(r"--[^\n]*", "", file.text).split(";") if part.strip()]) != 1:
                msg = f"{file.name}: a no-transaction file holds exactly one statement"
                raise MigrationError(msg)
            # a concurrent build waits for every older transaction by design
            await connection.execute("set lock_timeout = 0")
            await connection.execute(file.text)
            await connection.execute(_INSERT_SQL, file.number, file.name, file.sha256, began)
        else:
            await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
            async with connection.transaction():
                await connection.execute(file.text)
                await connection.execute(_INSERT_SQL, file.number, file.name, file.sha256, began)
    except asyncpg.PostgresError as error:
        msg = f"{file.name}: {error}"
        raise MigrationError(msg) from error
