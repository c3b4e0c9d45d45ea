from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from findigi.kernel.migrate import FOLDER, MigrationError, migrate

NewDatabase = Callable[[bool], Awaitable[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_one.sql").write_text("create table one (n int);")
    (tmp_path / "0002_two.sql").write_text("create table two (n int); insert into one values (1);")
    return tmp_path


async def _value(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_applies_in_order_once(new_database: NewDatabase, folder: Path) -> None:
    dsn = await new_database(False)
    assert await migrate(dsn, folder) == ["0001_one.sql", "0002_two.sql"]
    assert await migrate(dsn, folder) == []
    (folder / "0003_three.sql").write_text("create table three (n int)")
    assert await migrate(dsn, folder) == ["0003_three.sql"]


async def test_concurrent_migrators_apply_once(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0003_index.sql").write_text("-- no-transaction\ncreate index concurrently if not exists i on one (n);")
    dsn = await new_database(False)
    applied = await asyncio.gather(*(migrate(dsn, folder) for _ in range(5)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 3]
    assert await _value(dsn, "select count(*) from one") == 1


async def test_a_changed_file_is_refused(new_database: NewDatabase, folder: Path) -> None:
    dsn = await new_database(False)
    await migrate(dsn, folder)
    (folder / "0001_one.sql").write_text("create table one (n bigint);")
    with pytest.raises(MigrationError, match=r"0001_one\.sql was changed"):
        await migrate(dsn, folder)


async def test_a_newer_database_is_refused(new_database: NewDatabase, folder: Path) -> None:
    dsn = await new_database(False)
    await migrate(dsn, folder)
    (folder / "0002_two.sql").unlink()
    with pytest.raises(MigrationError, match=r"newer than this program: it has 0002_two\.sql"):
        await migrate(dsn, folder)


@pytest.mark.parametrize("name", ["0004_gap.sql", "0002_repeat.sql", "3_short.sql", "0003_Upper.sql"])
async def test_gaps_and_odd_names_are_refused(new_database: NewDatabase, folder: Path, name: str) -> None:
    (folder / name).write_text("select 1")
    with pytest.raises(MigrationError, match="without gap or repeat"):
        await migrate(await new_database(False), folder)


async def test_a_failing_file_leaves_nothing(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0003_bad.sql").write_text("create table three (n int); select 1/0;")
    dsn = await new_database(False)
    with pytest.raises(MigrationError, match=r"0003_bad\.sql: division by zero"):
        await migrate(dsn, folder)
    assert await _value(dsn, "select to_regclass('three') is null and to_regclass('two') is not null")
    assert await _value(dsn, "select max(number) from schema_migration") == 2


async def test_a_lone_statement_must_be_alone(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0003_two_statements.sql").write_text("-- no-transaction\nselect 1; select 2;")
    with pytest.raises(MigrationError, match="exactly one statement"):
        await migrate(await new_database(False), folder)


async def test_an_invalid_index_is_named(new_database: NewDatabase, folder: Path) -> None:
    (folder / "0003_twice.sql").write_text("insert into one values (1)")
    (folder / "0004_unique.sql").write_text(
        "-- no-transaction\ncreate unique index concurrently if not exists u on one (n)"
    )
    dsn = await new_database(False)
    with pytest.raises(MigrationError, match=r"0004_unique\.sql"):
        await migrate(dsn, folder)
    with pytest.raises(MigrationError, match="invalid indexes"):  # `if not exists` finds the broken one
        await migrate(dsn, folder)


async def test_the_projects_own_migrations_are_complete(new_database: NewDatabase) -> None:
    dsn = await new_database(True)
    assert await migrate(dsn) == []
    assert await _value(dsn, "select count(*) from schema_migration") == len(list(FOLDER.glob("*.sql")))
