"""Jobs: work that is written in the transaction that causes it, and done by a worker soon after its commit.

PgQueuer keeps the queue in the same database, so a job rolls back with its transaction and needs no relay. Jobs are
at-least-once: a worker that is killed, or whose event loop stands still for longer than HEARTBEAT_TIMEOUT, has its
jobs run again elsewhere. Every handler must be idempotent on what its payload names.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule as DueSchedule

from findigi.kernel import metrics
from findigi.kernel.db import Database, Tx
from findigi.kernel.settings import Settings

HEARTBEAT_TIMEOUT: Final = timedelta(seconds=4)
"""A job without a sign of life for this long is given to another worker (PgQueuer's own default is 30 s)."""
POLL: Final = timedelta(seconds=1)
"""An idle worker looks this often, besides being notified of each new job.

HEARTBEAT_TIMEOUT + POLL bounds how long the job of a killed worker waits while another worker is idle.
"""
BATCH: Final = 10
_CLOSE_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)
_ENQUEUE: Final = QueryQueueBuilder().build_enqueue_query("skip")


@dataclass(frozen=True, slots=True)
class JobEnv:
    """What a handler works with. `attempt` counts from 1; after `last_attempt` fails the job is held as failed."""

    settings: Settings
    database: Database
    job_id: int
    attempt: int
    last_attempt: bool


Handler: TypeAlias = Callable[[JobEnv, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job. Its `name` is stored with each enqueued job: rename it only when none is left.

    A handler that raises is run again after `first_delay_seconds`, then twice that, and so on up to
    `max_delay_seconds`, `max_attempts` times in all. `concurrency` bounds runs at once over all workers (0: no bound).
    """

    name: str
    handler: Handler
    max_attempts: int = 8
    first_delay_seconds: float = 0.5
    max_delay_seconds: float = 60.0
    concurrency: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """Enqueue job `job` at each time of `cron` (five fields, UTC; a sixth for seconds), unless one waits already."""

    job: str
    cron: str
    payload: bytes = b""


async def enqueue(
    tx: Tx, job: str, payload: bytes, *, dedupe_key: str | None = None, delay: timedelta | None = None
) -> int | None:
    """Add a job in the caller's transaction; it is seen by workers after the commit, `delay` later if given.

    Returns the job's id, or None when a job with the same `dedupe_key` is waiting or running.
    """
    # PgQueuer's own statement, but our call: its method writes headers through the connection's jsonb codec,
    # which here encodes values, not texts
    rows = await tx.connection.fetch(_ENQUEUE, [0], [job], [payload], [delay or timedelta(0)], [dedupe_key], [None])
    return int(rows[0]["id"]) if rows else None


async def run_worker(
    settings: Settings, database: Database, jobs: Sequence[Job], schedules: Sequence[Schedule] = ()
) -> None:
    """Work until SIGTERM or SIGINT, then finish what runs and return.

    Raises ValueError for a schedule without its job, and what asyncpg raises when the database is lost.
    """
    known = {job.name for job in jobs}
    if unknown := sorted({schedule.job for schedule in schedules} - known):
        raise ValueError(f"schedules without a job: {unknown}")
    # a pool of its own: PgQueuer expects jsonb as text, and a LISTEN connection is never given back
    pool = await asyncpg.create_pool(
        settings.dsn, min_size=2, max_size=4, server_settings={"application_name": "findigi jobs", "timezone": "UTC"}
    )
    try:
        queue = PgQueuer.from_asyncpg_pool(pool)
        for job in jobs:
            _register(queue, job, settings, database)
        for schedule in schedules:
            queue.schedule(schedule.job, schedule.cron)(_ticker(schedule, database))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # never by cancelling: PgQueuer would log a running job as cancelled, and it would not come back
            loop.add_signal_handler(number, queue.shutdown.set)
        log.info("worker_started", jobs=sorted(known))
        await queue.run(dequeue_timeout=POLL, batch_size=BATCH, heartbeat_timeout=HEARTBEAT_TIMEOUT)
        log.info("worker_stopped")
    finally:
        # a connection that PgQueuer lost in use is never given back, and close() would wait for it for ever
        with contextlib.suppress(TimeoutError):  # close() has then dropped them all
            await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)


def _register(queue: PgQueuer, job: Job, settings: Settings, database: Database) -> None:
    def executor(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
        return DatabaseRetryEntrypointExecutor(
            parameters=parameters,
            max_attempts=job.max_attempts - 1,  # PgQueuer counts the retries
            initial_delay=timedelta(seconds=job.first_delay_seconds),
            max_delay=timedelta(seconds=job.max_delay_seconds),
        )

    async def entry(queued: QueuedJob) -> None:
        attempt = queued.attempts + 1
        env = JobEnv(settings, database, int(queued.id), attempt, last_attempt=attempt >= job.max_attempts)
        await _observed(job, env, queued.payload or b"")

    queue.entrypoint(job.name, executor_factory=executor, on_failure="hold", concurrency_limit=job.concurrency)(entry)


async def _observed(job: Job, env: JobEnv, payload: bytes) -> None:
    """Run the handler with its log context, count and time it; lets its exception through to the retry executor."""
    structlog.contextvars.bind_contextvars(job=job.name, job_id=env.job_id, attempt=env.attempt)
    began = time.perf_counter()
    outcome = "failed" if env.last_attempt else "retried"
    metrics.JOBS_RUNNING.inc()
    try:
        await job.handler(env, payload)
        outcome = "done"
    except Exception:
        log.warning("job_failed", outcome=outcome, exc_info=True)
        raise
    finally:
        seconds = time.perf_counter() - began
        metrics.JOBS_RUNNING.dec()
        metrics.JOBS.labels(job.name, outcome).inc()
        metrics.JOB_SECONDS.labels(job.name).observe(seconds)
    log.debug("job_done", seconds=round(seconds, 4))


def _ticker(schedule: Schedule, database: Database) -> Callable[[DueSchedule], Awaitable[None]]:
    async def tick(schedule: Schedule, database: Database, _due: DueSchedule) -> None:
        async with database.transaction() as tx:
            await enqueue(tx, schedule.job, schedule.payload, dedupe_key=f"schedule:{schedule.job}")

    return functools.partial(tick, schedule, database)
