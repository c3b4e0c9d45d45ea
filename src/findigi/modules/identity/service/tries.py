"""Lock-out: each try is counted as failed before it is made, and taken back when it was right."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta
from uuid import UUID

from findigi.kernel.db import Tx
from findigi.kernel.errors import RateLimited
from findigi.modules.identity.model import ACCOUNT, ADDRESS, CODE, Limit, subject_of_address, wait_seconds
from findigi.modules.identity.store import sign_in as store


def subject_of_email(email: str) -> str:
    """What an account's tries are counted under, whether or not the account exists."""
    return hashlib.sha256(email.encode()).hexdigest()


async def take_login(tx: Tx, *, email: str, address: str, now: datetime) -> None:
    """Counts a password try; refuses with 429 while the address or the account is locked."""
    await _take(tx, ADDRESS, subject_of_address(address), now)
    await _take(tx, ACCOUNT, subject_of_email(email), now)


async def right_login(tx: Tx, *, email: str, address: str) -> None:
    """The password was right."""
    await store.give_back_try(tx, kind=ADDRESS.kind, subject=subject_of_address(address))
    await forgive_account(tx, email=email)


async def forgive_account(tx: Tx, *, email: str) -> None:
    """Forgets the failures of an account: its owner has shown up."""
    await store.clear_tries(tx, kind=ACCOUNT.kind, subject=subject_of_email(email))


async def take_code(tx: Tx, *, user_id: UUID, now: datetime) -> None:
    """Counts a try of the second factor; refuses with 429 while it is locked."""
    await _take(tx, CODE, str(user_id), now)


async def right_code(tx: Tx, *, user_id: UUID) -> None:
    """The code was right."""
    await store.clear_tries(tx, kind=CODE.kind, subject=str(user_id))


async def _take(tx: Tx, limit: Limit, subject: str, now: datetime) -> None:
    failures = await store.take_try(tx, kind=limit.kind, subject=subject, now=now, forgiven_before=now - limit.memory)
    if failures is None:
        until = await store.locked_until(tx, kind=limit.kind, subject=subject)
        wait = math.ceil((until - now).total_seconds()) if until else 1
        raise RateLimited(
            f"Too many tries failed. Wait {max(wait, 1)} s before the next one.", retry_after=max(wait, 1)
        )
    seconds = wait_seconds(limit, failures)
    if seconds:
        await store.lock(tx, kind=limit.kind, subject=subject, until=now + timedelta(seconds=seconds))
