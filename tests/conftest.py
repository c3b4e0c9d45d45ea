"""One PostgreSQL server for the run, one migrated template, one clone of it per test process.

The controller starts the server (durability off: the data lives as long as the run) and hands its address to the
xdist workers.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from findigi.kernel.db import Database
from findigi.kernel.migrate import ensure_database, migrate
from findigi.kernel.postgres import Postgres
from findigi.kernel.settings import PREFIX, Settings, load_settings
from tests.support import in_own_task

pytest_plugins = ["tests.browser_fixtures"]

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
TEMPLATE = "findigi_template"
MOST_PROCESSES = 4
_ADMIN = pytest.StashKey[str]()

# Tables that hold rows right after the migrations are reference data. What else has pages was touched: deleting from
# those costs a tenth of truncating all.
_REFERENCE_SQL = """
select coalesce(array_agg(c.oid::regclass::text), '{}') from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' and pg_relation_size(c.oid) > 0"""
_CLEAN_SQL = """
do $$ declare r record; begin
  set local session_replication_role = replica;  -- neither foreign keys nor append-only triggers stand in the way
  for r in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' and pg_relation_size(c.oid) > 0
             and not c.oid::regclass::text = any (%s) loop
    execute format('delete from %%s', r.name);
  end loop; end $$"""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return min(MOST_PROCESSES, os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]  # the developer's own settings must not reach a test
    if hasattr(config, "workerinput"):
        config.stash[_ADMIN] = cast("Any", config).workerinput["admin_dsn"]
        return
    if config.option.collectonly:
        return
    server = Postgres(Path(tempfile.mkdtemp(prefix="findigi-test-")), FAST)
    server.start()
    config.stash[_ADMIN] = server.dsn()
    config.add_cleanup(lambda: _remove(server))  # also when the migrations below fail
    asyncio.run(_make_template(server))


def pytest_configure_node(node: Any) -> None:
    node.workerinput["admin_dsn"] = node.config.stash[_ADMIN]


def _remove(server: Postgres) -> None:
    server.stop()
    shutil.rmtree(server.folder)


async def _make_template(server: Postgres) -> None:
    await ensure_database(server.dsn(), TEMPLATE)
    await migrate(server.dsn(TEMPLATE))


async def _admin(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def admin_dsn(pytestconfig: pytest.Config) -> str:
    """The server's maintenance database."""
    return pytestconfig.stash[_ADMIN]


@pytest_asyncio.fixture(scope="session")
async def dsn(admin_dsn: str, worker_id: str) -> AsyncGenerator[str]:
    """This process's own migrated database."""
    name = f"test_{worker_id}"
    await _admin(admin_dsn, f"create database {name} template {TEMPLATE} strategy file_copy")
    yield admin_dsn.replace("@/postgres?", f"@/{name}?")
    await _admin(admin_dsn, f"drop database {name} with (force)")


@pytest_asyncio.fixture
async def new_database(admin_dsn: str, worker_id: str) -> AsyncGenerator[Callable[[bool], Awaitable[str]]]:
    """Makes databases for one test: `await new_database(migrated)` gives the address of a new one."""
    made: list[str] = []

    async def make(migrated: bool) -> str:
        name = f"test_{worker_id}_{os.getpid()}_{len(made)}"
        await _admin(admin_dsn, f"create database {name} template {TEMPLATE if migrated else 'template0'}")
        made.append(name)
        return admin_dsn.replace("@/postgres?", f"@/{name}?")

    yield make
    for name in made:
        await _admin(admin_dsn, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def settings(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        environment="test", data=tmp_path_factory.mktemp("data"), database_url=SecretStr(dsn), log_level="warning"
    )


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncGenerator[Database]:
    """An open pool on this process's database."""
    opened = Database(settings.dsn, size=5)
    await opened.open()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session")
async def reference_tables(database: Database) -> list[str]:
    """Tables that hold rows before any test ran. Asked once: a table that was emptied keeps its pages."""
    async with database.reading() as tx:
        return cast("list[str]", await tx.value(_REFERENCE_SQL))


@pytest_asyncio.fixture
async def clean(database: Database, reference_tables: list[str]) -> AsyncGenerator[None]:
    """Empties every table that the test touched, reference data excepted."""
    yield
    names = "array[" + ", ".join(f"'{name}'" for name in reference_tables) + "]::text[]"
    async with database.transaction() as tx:
        await tx.run(_CLEAN_SQL % names)


@pytest_asyncio.fixture(scope="session")
async def app(settings: Settings) -> AsyncGenerator[Any]:
    """The application with its lifespan entered."""
    # imported here: tests of the kernel run while the application above it does not import
    from findigi.main import create_app  # noqa: PLC0415 -- see above

    application = create_app(settings)
    async with in_own_task(application.lifespan()):
        yield application


@pytest_asyncio.fixture
async def client(app: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """HTTP against the application, without a socket."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        yield http
