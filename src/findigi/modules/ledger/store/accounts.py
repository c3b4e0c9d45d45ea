"""SQL over accounts and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from findigi.kernel.db import Row, Tx
from findigi.modules.ledger.model import Account, AccountKey, Side

# The no-op update gives back the row that stood there before, so that opening twice gives the same account.
OPEN_SQL = """
insert into account (client_id, id, is_test, code, kind, asset, name, side, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (client_id, is_test, code, asset) do update set name = account.name
returning client_id, id, is_test, code, kind, asset, name, side, status, posted, held, entry_count"""
OPEN_CHAIN_SQL = "insert into chain (client_id, is_test) values ($1, $2) on conflict (client_id, is_test) do nothing"
READ_SQL = """
select a.client_id, a.id, a.is_test, a.code, a.kind, a.asset, a.name, a.side, a.status, a.posted, a.held,
       a.entry_count
from unnest($1::uuid[], $2::uuid[]) as k (client_id, id)
join account a on a.client_id = k.client_id and a.id = k.id"""
LIST_SQL = """
select client_id, id, is_test, code, kind, asset, name, side, status, posted, held, entry_count
from account
where client_id = $1 and is_test = $2 and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    and ($4::text is null or asset = $4)
order by id desc limit $5"""
SET_STATUS_SQL = "update account set status = $3 where client_id = $1 and id = $2"
# In the order of the keys, as the writer locks: two can wait for each other but never in a circle.
LOCK_SQL = """
select client_id, id, is_test, code, kind, asset, name, side, status, posted, held, entry_count
from account where client_id = $1 and id = any($2::uuid[]) order by client_id, id for update"""
CLOSE_EMPTY_SQL = """
update account set status = 'closed'
where client_id = $1 and id = any($2::uuid[]) and posted = 0 and held = 0"""
# Keyset over the account's own count of entries: any page costs one index descent.
ENTRIES_SQL = """
select e.account_id, e.number, e.journal_id, e.asset, e.amount, e.balance_after, e.created_at,
       j.kind, j.description, j.operation_id
from entry e
join journal j on j.client_id = e.journal_client_id and j.id = e.journal_id
where e.client_id = $1 and e.account_id = $2
    and e.number < coalesce($3::bigint, 9223372036854775807)
    and ($4::timestamptz is null or e.created_at >= $4) and ($5::timestamptz is null or e.created_at < $5)
    and ($6::text is null or ($6 = 'credit') = (e.amount > 0))
order by e.number desc limit $7"""


def to_account(row: Row) -> Account:
    """A row of the account table as an account."""
    return Account(
        client_id=row["client_id"],
        id=row["id"],
        is_test=row["is_test"],
        code=row["code"],
        kind=row["kind"],
        asset=row["asset"],
        name=row["name"],
        side=Side(row["side"]),
        status=row["status"],
        posted=int(row["posted"]),
        held=int(row["held"]),
        entry_count=row["entry_count"],
    )


async def open_account(tx: Tx, *, row: tuple[Any, ...]) -> Account:
    """Opens an account, or gives the one with that code and asset. `row` is in the order of OPEN_SQL."""
    await tx.run(OPEN_CHAIN_SQL, row[0], row[2])
    opened = await tx.row(OPEN_SQL, *row)
    if opened is None:
        raise RuntimeError("an upsert gave no row")
    return to_account(opened)


async def read(tx: Tx, keys: Sequence[AccountKey]) -> dict[AccountKey, Account]:
    """Those of the accounts that exist."""
    found = await tx.rows(READ_SQL, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["client_id"], row["id"]): to_account(row) for row in found}


async def list_accounts(
    tx: Tx, *, client_id: UUID, is_test: bool, before: UUID | None, asset: str | None, limit: int
) -> list[Account]:
    """The workspace's accounts, newest first, at most `limit`."""
    return [to_account(row) for row in await tx.rows(LIST_SQL, client_id, is_test, before, asset, limit)]


async def lock(tx: Tx, *, client_id: UUID, account_ids: Sequence[UUID]) -> list[Account]:
    """Those of the workspace's accounts that exist, as they are once nobody else changes them."""
    return [to_account(row) for row in await tx.rows(LOCK_SQL, client_id, list(account_ids))]


async def close_empty(tx: Tx, *, client_id: UUID, account_ids: Sequence[UUID]) -> None:
    """Closes those of the accounts on which nothing is posted or held."""
    await tx.run(CLOSE_EMPTY_SQL, client_id, list(account_ids))


async def set_status(tx: Tx, *, client_id: UUID, account_id: UUID, status: str) -> None:
    """Opens or closes an account."""
    await tx.run(SET_STATUS_SQL, client_id, account_id, status)


async def entries(
    tx: Tx,
    *,
    client_id: UUID,
    account_id: UUID,
    before: int | None,
    since: datetime | None,
    until: datetime | None,
    direction: str | None,
    limit: int,
) -> list[Row]:
    """The account's entries, newest first, with what their journals say."""
    return await tx.rows(ENTRIES_SQL, client_id, account_id, before, since, until, direction, limit)
