"""A worker for test_jobs.py: `python -m tests.kernel.jobs_worker NAME`, settings from the environment."""

from __future__ import annotations

import asyncio
import sys

from findigi.kernel import log
from findigi.kernel.db import Database
from findigi.kernel.jobs import Job, JobEnv, Schedule, run_worker
from findigi.kernel.settings import load_settings

NAME = sys.argv[1]


async def note(env: JobEnv, payload: bytes) -> None:
    async with env.database.transaction() as tx:
        await tx.run(
            "insert into noted (payload, attempt, worker) values ($1, $2, $3)", payload.decode(), env.attempt, NAME
        )


async def fail_twice(env: JobEnv, payload: bytes) -> None:
    await note(env, payload)
    if env.attempt <= 2:
        raise ValueError("not yet")


async def fail_always(env: JobEnv, payload: bytes) -> None:
    await note(env, payload)
    raise ValueError("never")


async def hang(env: JobEnv, payload: bytes) -> None:
    """Hangs in the worker called `victim`, and works in any other."""
    await note(env, payload)
    if NAME == "victim":
        await asyncio.Event().wait()


async def short(env: JobEnv, payload: bytes) -> None:
    """Goes on for a moment after it was seen to start."""
    await note(env, b"began")
    await asyncio.sleep(0.5)
    await note(env, payload)


JOBS = [
    Job("note", note),
    Job("fail_twice", fail_twice, first_delay_seconds=0.05),
    Job("fail_always", fail_always, max_attempts=2, first_delay_seconds=0.05),
    Job("hang", hang),
    Job("short", short),
]
SCHEDULES = [Schedule("note", "* * * * * *", b"tick")] if NAME == "ticking" else []


async def main() -> None:
    settings = load_settings()
    log.configure(settings)
    database = Database(settings.dsn, size=4)
    await database.open()
    try:
        await run_worker(settings, database, JOBS, SCHEDULES)
    finally:
        await database.close()


asyncio.run(main())
