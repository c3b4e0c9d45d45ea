"""The web application: plain lists of what it is made of, and how the parts are started and stopped. No logic."""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from litestar import Litestar

from findigi.kernel import log, metrics
from findigi.kernel.context import Role, Runtime
from findigi.kernel.db import Database
from findigi.kernel.http import Dispatcher, Endpoint, Principal
from findigi.kernel.http.application import Application
from findigi.kernel.http.probes import probes
from findigi.kernel.http.rates import RateLimiter
from findigi.kernel.settings import Settings, load_settings
from findigi.modules import docs, identity
from findigi.modules.clients import Workspaces
from findigi.modules.clients.routes import endpoints as clients_endpoints
from findigi.modules.demo import prepare_demo
from findigi.modules.docs.routes import routes as docs_endpoints
from findigi.modules.faucet.routes import endpoints as faucet_endpoints
from findigi.modules.identity import Sessions
from findigi.modules.identity.routes import endpoints as identity_endpoints
from findigi.modules.ledger import Writer
from findigi.modules.ledger.routes import endpoints as ledger_endpoints
from findigi.modules.manual_journals.routes import endpoints as manual_journals_endpoints
from findigi.modules.onboarding.routes import endpoints as onboarding_endpoints
from findigi.modules.operations import Shown
from findigi.modules.operations.routes import endpoints as operations_endpoints
from findigi.modules.sandbox.routes import endpoints as sandbox_endpoints
from findigi.modules.transfers.routes import endpoints as transfers_endpoints
from findigi.modules.wallets import Directory
from findigi.modules.wallets.routes import endpoints as wallets_endpoints
from findigi.web import pages

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *identity_endpoints,
    *clients_endpoints,
    *onboarding_endpoints,
    *wallets_endpoints,
    *transfers_endpoints,
    *ledger_endpoints,
    *manual_journals_endpoints,
    *operations_endpoints,
    *sandbox_endpoints,
    *faucet_endpoints,
    *docs_endpoints,
)
"""Every operation of the API."""


class _Gate:
    """The dispatcher's two questions, answered by the modules that know."""

    def __init__(self, sessions: Sessions, workspaces: Workspaces) -> None:
        self._sessions = sessions
        self._workspaces = workspaces

    async def principal(self, token: str, now: datetime) -> Principal:
        return await self._sessions.principal(token, now)

    async def workspaces(self, user_id: UUID, *, fresh: bool = False) -> Mapping[UUID, Role]:
        return await self._workspaces.of(user_id, fresh=fresh)


def make_runtime(settings: Settings) -> Runtime:
    """A process's parts, made but not started."""
    database = Database(settings.dsn, size=settings.database_pool_size, application="findigi web")
    runtime = Runtime(settings, database)
    identity.provide(runtime)
    runtime.provide(Workspaces(database))
    runtime.provide(Directory(database))
    runtime.provide(Shown())
    runtime.provide(Writer(database, measure=_measure_batch))
    return runtime


@asynccontextmanager
async def running(runtime: Runtime) -> AsyncGenerator[None]:
    """Starts the parts, and stops them when what is under way has ended."""
    await runtime.database.open()
    try:
        await runtime.database.start_listening()
        await runtime.part(Writer).start()
        try:
            yield
        finally:
            await runtime.part(Writer).stop()
    finally:
        await runtime.database.close()


def create_app(settings: Settings | None = None) -> Litestar:
    """The ASGI application of one process."""
    settings = settings or load_settings()
    log.configure(settings)
    runtime = make_runtime(settings)
    runtime.provide(docs.build(ENDPOINTS, base_url=settings.public_url, guides=pages.GUIDES))
    share = settings.api_workers
    dispatcher = Dispatcher(
        runtime,
        ENDPOINTS,
        _Gate(runtime.part(Sessions), runtime.part(Workspaces)),
        limiter=RateLimiter(settings.rate_limit_per_second / share, settings.rate_limit_burst),
        strict_limiter=RateLimiter(
            settings.auth_rate_limit_per_minute / 60 / share, settings.auth_rate_limit_per_minute
        ),
        observe=_observe,
    )

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        async with running(runtime):
            _settle_memory()
            yield

    return Application(
        api=dispatcher,
        route_handlers=[*probes(runtime), *pages.handlers(runtime)],
        lifespan=[lifespan],
        exception_handlers=pages.failures(runtime),
        openapi_config=None,
        logging_config=None,
    )


def _settle_memory() -> None:
    """What was made at the start lives as long as the process: the garbage collector need not look at it again.

    Requests make few cycles and many objects, so it may come by less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def prepare(settings: Settings) -> str | None:
    """After the migrations, before anything serves: demo data outside production. Gives how to sign in."""
    if not settings.demo or settings.production:
        return None
    runtime = make_runtime(settings)
    async with running(runtime):
        return await prepare_demo(runtime)


@lru_cache(maxsize=4096)
def _measures(operation: str, status: int) -> tuple[metrics.Counter, metrics.Histogram]:
    return metrics.HTTP_REQUESTS.labels(operation, str(status)), metrics.HTTP_SECONDS.labels(operation)


def _observe(operation: str, status: int, seconds: float) -> None:
    counter, histogram = _measures(operation, status)
    counter.inc()
    histogram.observe(seconds)


def _measure_batch(size: int, seconds: float) -> None:
    metrics.LEDGER_BATCH_SIZE.observe(size)
    metrics.LEDGER_BATCH_SECONDS.observe(seconds)
