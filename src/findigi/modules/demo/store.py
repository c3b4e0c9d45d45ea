"""SQL of the demo."""

from __future__ import annotations

from findigi.kernel.db import Tx

_LOCK = 4_611_686_018_427_387_002
LOCK_SQL = "select pg_advisory_xact_lock($1)"


async def lock(tx: Tx) -> None:
    """Until the transaction ends, nobody else makes demo data on this database."""
    await tx.value(LOCK_SQL, _LOCK)
