"""The wallets' endpoints behind a doorkeeper, on this process's database."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest_asyncio
from tests.modules.ledger.books import Doorkeeper
from tests.modules.wallets.purse import Member, NewMember

from findigi.kernel import ids
from findigi.kernel.context import Role, Runtime
from findigi.kernel.db import Database
from findigi.kernel.http import Dispatcher
from findigi.kernel.http.rates import RateLimiter
from findigi.kernel.settings import Settings
from findigi.modules.ledger import Writer
from findigi.modules.wallets.routes import endpoints


@pytest_asyncio.fixture
async def gate() -> Doorkeeper:
    return Doorkeeper()


@pytest_asyncio.fixture
async def http(
    settings: Settings, database: Database, clean: None, gate: Doorkeeper
) -> AsyncGenerator[httpx.AsyncClient]:
    """The wallets' endpoints, without a socket."""
    limiter = RateLimiter(10_000, 10_000)
    dispatcher = Dispatcher(Runtime(settings, database), endpoints, gate, limiter=limiter, strict_limiter=limiter)
    transport = httpx.ASGITransport(dispatcher)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest_asyncio.fixture
async def member(http: httpx.AsyncClient, gate: Doorkeeper) -> NewMember:
    """Makes somebody: `await member()` owns a new workspace, `await member(of=…, role=…)` joins one."""

    async def make(*, of: Member | None = None, role: Role = Role.owner) -> Member:
        client_id = of.client_id if of else ids.new_id()
        made = Member(http, client_id, ids.new_id(), role)
        gate.members[made.user_id] = {client_id: role}
        return made

    return make


@pytest_asyncio.fixture
async def writer(database: Database, clean: None) -> AsyncGenerator[Writer]:
    """A running writer."""
    started = Writer(database)
    await started.start()
    yield started
    await started.stop()
