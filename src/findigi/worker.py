"""The worker: which jobs there are and when they run by themselves. Plain lists, no logic."""

from __future__ import annotations

from findigi.kernel.db import Database
from findigi.kernel.jobs import Job, Schedule, run_worker
from findigi.kernel.settings import Settings

JOBS: list[Job] = []
SCHEDULES: list[Schedule] = []


async def main(settings: Settings) -> None:
    """Work on JOBS until SIGTERM. Raises what asyncpg raises when the database is lost."""
    database = Database(settings.dsn, size=settings.database_pool_size, application="findigi worker")
    await database.open()
    try:
        await run_worker(settings, database, JOBS, SCHEDULES)
    finally:
        await database.close()
