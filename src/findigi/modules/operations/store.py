"""SQL over operations."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from findigi.kernel import ids
from findigi.kernel.db import Row, Tx
from findigi.modules.operations.model import Filter, Operation, Step

# Set-inserts: the ledger's writer runs them for all operations of a batch at once, `{}` per column.
INSERT: Final = """
insert into operation (client_id, is_test, id, type, status, amount, asset, fee, total_debit, source_wallet_id,
                       destination_wallet_id, description, reference, detail, journal_ids, timeline, created_by,
                       created_at, updated_at, completed_at)
select k.client_id, k.is_test, k.id, k.type, k.status, k.amount::numeric, k.asset, k.fee::numeric,
       k.total_debit::numeric, k.source_wallet_id, k.destination_wallet_id, k.description, k.reference,
       k.detail::jsonb, k.journal_ids::uuid[], k.timeline::jsonb, k.created_by, k.created_at, k.updated_at,
       k.completed_at
from unnest({}::uuid[], {}::boolean[], {}::uuid[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[],
            {}::text[], {}::uuid[], {}::uuid[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[],
            {}::uuid[], {}::timestamptz[], {}::timestamptz[], {}::timestamptz[])
    as k (client_id, is_test, id, type, status, amount, asset, fee, total_debit, source_wallet_id,
          destination_wallet_id, description, reference, detail, journal_ids, timeline, created_by, created_at,
          updated_at, completed_at)"""
INSERT_INCOMING: Final = """
insert into operation_incoming (client_id, is_test, id, from_client_id)
select * from unnest({}::uuid[], {}::boolean[], {}::uuid[], {}::uuid[])"""

READ_SQL = """
select o.* from operation o where o.client_id = $1 and o.is_test = $2 and o.id = $3
union all
select o.* from operation_incoming i
join operation o on o.client_id = i.from_client_id and o.is_test = i.is_test and o.id = i.id
where i.client_id = $1 and i.is_test = $2 and i.id = $3"""

_MATCHES = """
    and ($5::text is null or o.type = $5) and ($6::text is null or o.status = $6)
    and ($7::text is null or o.asset = $7)
    and ($8::uuid is null or o.source_wallet_id = $8 or o.destination_wallet_id = $8)
    and ($9::text is null or o.amount >= $9::numeric) and ($10::text is null or o.amount <= $10::numeric)
    and ($11::text is null or o.description ilike $11 or o.reference ilike $11)"""
# Both halves walk their primary key downwards and stop at the limit; $3 and $4 bound the id, which carries the time.
LIST_SQL = f"""
select * from (
    (select o.* from operation o
     where o.client_id = $1 and o.is_test = $2 and o.id < $3 and o.id >= $4 {_MATCHES}
     order by o.id desc limit $12)
    union all
    (select o.* from operation_incoming i
     join operation o on o.client_id = i.from_client_id and o.is_test = i.is_test and o.id = i.id
     where i.client_id = $1 and i.is_test = $2 and i.id < $3 and i.id >= $4 {_MATCHES}
     order by i.id desc limit $12)
) both_ways order by id desc limit $12"""

_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=(1 << 128) - 1)
_steps = msgspec.json.Encoder().encode


def to_operation(row: Row) -> Operation:
    """A row of the operation table as an operation."""
    return Operation(
        client_id=row["client_id"],
        is_test=row["is_test"],
        id=row["id"],
        type=row["type"],
        status=row["status"],
        amount=int(row["amount"]),
        asset=row["asset"],
        fee=int(row["fee"]),
        total_debit=int(row["total_debit"]),
        source_wallet_id=row["source_wallet_id"],
        destination_wallet_id=row["destination_wallet_id"],
        description=row["description"],
        reference=row["reference"],
        detail=row["detail"],
        journal_ids=tuple(row["journal_ids"]),
        timeline=tuple(msgspec.convert(row["timeline"], list[Step])),
        created_by=row["created_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
    )


def to_row(operation: Operation) -> tuple[Any, ...]:
    """The operation as a row of INSERT."""
    return (
        operation.client_id,
        operation.is_test,
        operation.id,
        operation.type,
        operation.status,
        str(operation.amount),
        operation.asset,
        str(operation.fee),
        str(operation.total_debit),
        operation.source_wallet_id,
        operation.destination_wallet_id,
        operation.description,
        operation.reference,
        None if operation.detail is None else _steps(operation.detail).decode(),
        "{" + ",".join(map(str, operation.journal_ids)) + "}",
        _steps(operation.timeline).decode(),
        operation.created_by,
        operation.created_at,
        operation.updated_at,
        operation.completed_at,
    )


async def read(tx: Tx, *, client_id: UUID, is_test: bool, operation_id: UUID) -> Operation | None:
    """One operation of the workspace, or one that came in to it."""
    row = await tx.row(READ_SQL, client_id, is_test, operation_id)
    return None if row is None else to_operation(row)


async def list_operations(
    tx: Tx, *, client_id: UUID, is_test: bool, chosen: Filter, before: UUID | None, limit: int
) -> list[Operation]:
    """Up to `limit` operations, newest first, older than `before`."""
    upper = min(before or _LAST, _LAST if chosen.until is None else ids.first_at(chosen.until))
    lower = _FIRST if chosen.since is None else ids.first_at(chosen.since)
    rows = await tx.rows(
        LIST_SQL,
        client_id,
        is_test,
        upper,
        lower,
        chosen.type,
        chosen.status,
        chosen.asset,
        chosen.wallet_id,
        None if chosen.least is None else str(chosen.least),
        None if chosen.most is None else str(chosen.most),
        None if chosen.text is None else "%" + _escaped(chosen.text) + "%",
        limit,
    )
    return [to_operation(row) for row in rows]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
