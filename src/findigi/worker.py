"""The worker: plain lists of the jobs it runs and when. No logic."""

from __future__ import annotations

from typing import Final

from findigi.gateways.mail import jobs as mail_jobs
from findigi.kernel import idempotency
from findigi.kernel.clock import utc_now
from findigi.kernel.db import Database
from findigi.kernel.jobs import Job, JobEnv, Schedule, run_worker
from findigi.kernel.settings import Settings
from findigi.modules.identity import jobs as identity_jobs
from findigi.modules.identity import schedules as identity_schedules


async def _forget_keys(env: JobEnv, _payload: bytes) -> None:
    while True:
        async with env.database.transaction() as tx:
            forgotten = await idempotency.forget_old(tx, utc_now())
        if forgotten == 0:
            return


JOBS: Final = (*mail_jobs, *identity_jobs, Job("idempotency.forget", _forget_keys, concurrency=1))
"""Every job that a worker runs."""
SCHEDULES: Final = (*identity_schedules, Schedule("idempotency.forget", "43 2 * * *"))
"""What it runs by itself, and when (UTC)."""


async def main(settings: Settings) -> None:
    """Works until told to stop."""
    database = await Database(settings.dsn, size=settings.database_pool_size, application="findigi worker").open()
    try:
        await run_worker(settings, database, JOBS, SCHEDULES)
    finally:
        await database.close()
