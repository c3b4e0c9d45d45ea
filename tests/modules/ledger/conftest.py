"""The ledger's endpoints behind a doorkeeper, on this process's database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeAlias

import httpx
import pytest_asyncio
from tests.modules.ledger.books import Doorkeeper, Workspace, fund, open_workspace

from findigi.kernel.context import Role, Runtime
from findigi.kernel.db import Database
from findigi.kernel.http import Dispatcher
from findigi.kernel.http.rates import RateLimiter
from findigi.kernel.settings import Settings
from findigi.modules.ledger.routes import endpoints
from findigi.modules.ledger.service.writer import Writer

OpenWorkspace: TypeAlias = Callable[..., Awaitable[Workspace]]


@pytest_asyncio.fixture
async def gate() -> Doorkeeper:
    return Doorkeeper()


@pytest_asyncio.fixture
async def http(
    settings: Settings, database: Database, clean: None, gate: Doorkeeper
) -> AsyncGenerator[httpx.AsyncClient]:
    """The ledger's endpoints, without a socket."""
    limiter = RateLimiter(10_000, 10_000)
    dispatcher = Dispatcher(Runtime(settings, database), endpoints, gate, limiter=limiter, strict_limiter=limiter)
    transport = httpx.ASGITransport(dispatcher)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest_asyncio.fixture
async def workspace(database: Database, clean: None, gate: Doorkeeper) -> OpenWorkspace:
    """Opens a workspace that the doorkeeper lets in: `await workspace(role=…, a="IDR")`."""

    async def make(*, role: Role = Role.owner, is_test: bool = True, **assets: str) -> Workspace:
        made = await open_workspace(database, is_test=is_test, **assets)
        made.role = role
        gate.members[made.user_id] = {made.client_id: role}
        return made

    return make


@pytest_asyncio.fixture
async def writer(database: Database, clean: None) -> AsyncGenerator[Writer]:
    """A running writer."""
    started = Writer(database)
    await started.start()
    yield started
    await started.stop()


@pytest_asyncio.fixture
async def own(database: Database, clean: None) -> Workspace:
    made = await open_workspace(database)
    await fund(database, made, "a", 1_000)
    return made


@pytest_asyncio.fixture
async def second_writer(settings: Settings, clean: None) -> AsyncGenerator[Writer]:
    """Another process's writer, as far as the database can tell."""
    database = Database(settings.dsn, size=2)
    await database.open()
    started = Writer(database)
    await started.start()
    yield started
    await started.stop()
    await database.close()
