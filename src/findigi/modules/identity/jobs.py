"""Jobs of identity: the mail of a forgotten password, and the daily clearing of what is over."""

from __future__ import annotations

from typing import Final

from findigi.kernel.clock import utc_now
from findigi.kernel.jobs import Job, JobEnv, Schedule
from findigi.modules.identity.service import recovery

_CLEAR: Final = "identity.clear"


async def _send_reset(env: JobEnv, payload: bytes) -> None:
    async with env.database.transaction() as tx:
        await recovery.send_reset(tx, settings=env.settings, payload=payload)


async def _clear(env: JobEnv, _payload: bytes) -> None:
    async with env.database.transaction() as tx:
        await recovery.forget_old(tx, now=utc_now())


jobs: Final = (Job(recovery.SEND_RESET, _send_reset), Job(_CLEAR, _clear, concurrency=1))
"""What a worker runs for this module."""

schedules: Final = (Schedule(_CLEAR, "17 3 * * *"),)
"""When it runs what by itself."""
