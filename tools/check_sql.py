"""Prepare every SQL constant of every store against a freshly migrated database.

A module-level `str` whose name ends in `_SQL` or `_SET`, in any module called `store` or below one, must be one
statement that PostgreSQL accepts: its tables, columns and types exist. In a `_SET` (kernel/sets.py) each `{}` stands
for a text parameter. Takes a few seconds; nothing is executed.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg

import findigi
from findigi.kernel.migrate import ensure_database, migrate
from findigi.kernel.postgres import Postgres

DATABASE = "check"
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


def statements() -> Iterator[tuple[str, str]]:
    """(place, statement) of every SQL constant."""
    for info in pkgutil.walk_packages(findigi.__path__, "findigi."):
        if "store" in info.name.split("."):
            module = importlib.import_module(info.name)
            for name, value in sorted(vars(module).items()):
                if name.endswith("_SQL") and isinstance(value, str):
                    yield f"{info.name}.{name}", value
                elif name.endswith("_SET") and isinstance(value, str):
                    marks = (f"${number}::text" for number in range(1, value.count("{}") + 1))
                    yield f"{info.name}.{name}", value.format(*marks)


async def refused(dsn: str, found: list[tuple[str, str]]) -> list[str]:
    """What PostgreSQL says against each statement it does not take."""
    connection = await asyncpg.connect(dsn)
    told: list[str] = []
    try:
        for place, statement in found:
            try:
                await connection.prepare(statement)
            except asyncpg.PostgresError as error:
                told.append(f"{place}: {error}")
    finally:
        await connection.close()
    return told


def main() -> int:
    """Check and report; returns the exit status."""
    found = list(statements())
    with tempfile.TemporaryDirectory(prefix="findigi-sql-") as folder, Postgres(Path(folder), QUICK) as server:
        asyncio.run(ensure_database(server.dsn(), DATABASE))
        asyncio.run(migrate(server.dsn(DATABASE)))
        told = asyncio.run(refused(server.dsn(DATABASE), found))
    for line in told:
        print(line)
    print(f"{len(found)} statements, {len(told)} refused")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
