"""SQL over operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from findigi.kernel import ids
from findigi.kernel.db import Row, Tx
from findigi.modules.operations.model import Filter, Operation

Version: TypeAlias = tuple[UUID, UUID, int]
"""(client_id, operation id, version of its row)"""

# Set-inserts: the ledger's writer runs them for all operations of a batch at once, `{}` per column.
INSERT_SET: Final = """
insert into operation (client_id, is_test, id, type, status, amount, asset, fee, total_debit, source_wallet_id,
                       destination_wallet_id, description, reference, detail, journal_ids, timeline, created_by,
                       created_at, updated_at, completed_at)
select k.client_id, k.is_test, k.id, k.type, k.status, k.amount, k.asset, k.fee, k.total_debit,
       k.source_wallet_id, k.destination_wallet_id, k.description, k.reference,
       k.detail::jsonb, k.journal_ids::uuid[], k.timeline::json, k.created_by, k.created_at, k.updated_at,
       k.completed_at
from unnest({}::uuid[], {}::boolean[], {}::uuid[], {}::text[], {}::text[], {}::numeric[], {}::text[], {}::numeric[],
            {}::numeric[], {}::uuid[], {}::uuid[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[],
            {}::uuid[], {}::timestamptz[], {}::timestamptz[], {}::timestamptz[])
    as k (client_id, is_test, id, type, status, amount, asset, fee, total_debit, source_wallet_id,
          destination_wallet_id, description, reference, detail, journal_ids, timeline, created_by, created_at,
          updated_at, completed_at)"""
INSERT_INCOMING_SET: Final = """
insert into operation_incoming (client_id, is_test, id, from_client_id)
select * from unnest({}::uuid[], {}::boolean[], {}::uuid[], {}::uuid[])"""

_COLUMNS: Final = """
o.client_id, o.is_test, o.id, o.type, o.status, o.amount::text as amount, o.asset, o.fee::text as fee,
o.total_debit::text as total_debit, o.source_wallet_id, o.destination_wallet_id, o.description, o.reference, o.detail,
o.journal_ids, o.timeline, o.created_by, o.created_at, o.updated_at, o.completed_at"""
READ_SQL = f"""
select {_COLUMNS} from operation o where o.client_id = $1 and o.is_test = $2 and o.id = $3
union all
select {_COLUMNS} from operation_incoming i
join operation o on o.client_id = i.from_client_id and o.is_test = i.is_test and o.id = i.id
where i.client_id = $1 and i.is_test = $2 and i.id = $3"""

_MATCHES = """
    and ($5::text is null or o.type = $5) and ($6::text is null or o.status = $6)
    and ($7::text is null or o.asset = $7)
    and ($8::uuid is null or o.source_wallet_id = $8 or o.destination_wallet_id = $8)
    and ($9::text is null or o.amount >= $9::numeric) and ($10::text is null or o.amount <= $10::numeric)
    and ($11::text is null or o.description ilike $11 or o.reference ilike $11)"""
# Both halves walk their primary key downwards and stop at the limit; $3 and $4 bound the id, which carries the time.
_BOTH_WAYS: Final = """
select * from (
    (select {columns} from operation o
     where o.client_id = $1 and o.is_test = $2 and o.id < $3 and o.id >= $4 {matches}
     order by o.id desc limit $12)
    union all
    (select {columns} from operation_incoming i
     join operation o on o.client_id = i.from_client_id and o.is_test = i.is_test and o.id = i.id
     where i.client_id = $1 and i.is_test = $2 and i.id < $3 and i.id >= $4 {matches}
     order by i.id desc limit $12)
) both_ways order by id desc limit $12"""
LIST_SQL = _BOTH_WAYS.format(columns=_COLUMNS, matches=_MATCHES)
# xmin, the transaction that wrote the row's present version, changes with every change of the row.
VERSIONS_SQL = _BOTH_WAYS.format(columns="o.client_id, o.id, o.xmin", matches=_MATCHES)
READ_MANY_SQL = f"""
select {_COLUMNS}, o.xmin from unnest($1::uuid[], $3::uuid[]) as k (client_id, id)
join operation o on o.client_id = k.client_id and o.is_test = $2 and o.id = k.id"""

_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=(1 << 128) - 1)
_encode = msgspec.json.Encoder().encode


def to_operation(row: Row) -> Operation:
    """A row of _COLUMNS as an operation; by position, because lists make twenty at a time."""
    return Operation(
        client_id=row[0],
        is_test=row[1],
        id=row[2],
        type=row[3],
        status=row[4],
        amount=int(row[5]),
        asset=row[6],
        fee=int(row[7]),
        total_debit=int(row[8]),
        source_wallet_id=row[9],
        destination_wallet_id=row[10],
        description=row[11],
        reference=row[12],
        detail=row[13],
        journal_ids=tuple(row[14]),
        timeline=msgspec.Raw(row[15].encode()),
        created_by=row[16],
        created_at=row[17],
        updated_at=row[18],
        completed_at=row[19],
    )


def to_row(operation: Operation) -> tuple[Any, ...]:
    """The operation as a row of INSERT_SET."""
    return (
        operation.client_id,
        operation.is_test,
        operation.id,
        operation.type,
        operation.status,
        operation.amount,
        operation.asset,
        operation.fee,
        operation.total_debit,
        operation.source_wallet_id,
        operation.destination_wallet_id,
        operation.description,
        operation.reference,
        None if operation.detail is None else _encode(operation.detail).decode(),
        "{" + ",".join(map(str, operation.journal_ids)) + "}",
        bytes(operation.timeline).decode(),
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
    arguments = _arguments(client_id, is_test, chosen, before, limit)
    return [to_operation(row) for row in await tx.rows(LIST_SQL, *arguments)]


async def list_versions(
    tx: Tx, *, client_id: UUID, is_test: bool, chosen: Filter, before: UUID | None, limit: int
) -> list[Version]:
    """The same list as (owner, id, version of the row)."""
    rows = await tx.rows(VERSIONS_SQL, *_arguments(client_id, is_test, chosen, before, limit))
    return [(row[0], row[1], row[2]) for row in rows]


async def read_versions(tx: Tx, *, is_test: bool, wanted: Sequence[Version]) -> dict[Version, Operation]:
    """These operations in the versions that they have now."""
    rows = await tx.rows(READ_MANY_SQL, [w[0] for w in wanted], is_test, [w[1] for w in wanted])
    return {(row[0], row[2], row[20]): to_operation(row) for row in rows}


def _arguments(client_id: UUID, is_test: bool, chosen: Filter, before: UUID | None, limit: int) -> tuple[object, ...]:
    return (
        client_id,
        is_test,
        min(before or _LAST, _LAST if chosen.until is None else ids.first_at(chosen.until)),
        _FIRST if chosen.since is None else ids.first_at(chosen.since),
        chosen.type,
        chosen.status,
        chosen.asset,
        chosen.wallet_id,
        None if chosen.least is None else str(chosen.least),
        None if chosen.most is None else str(chosen.most),
        None if chosen.text is None else "%" + _escaped(chosen.text) + "%",
        limit,
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
