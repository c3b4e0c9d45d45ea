"""Reading whole books in constant memory: rows come through server-side cursors, in the order of an index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from findigi.kernel.db import Row, Tx

FETCHED_AT_ONCE: Final = 500

# One snapshot for all that follows, so that money on its way from one account to another is never counted twice.
SNAPSHOT_SQL = "set transaction isolation level repeatable read, read only"
# Orders come from indexes: a plan that sorts or hashes everything first would need memory for everything.
NO_HASH_SQL = "set local enable_hashjoin = off"
NO_MERGE_SQL = "set local enable_mergejoin = off"
NO_SCAN_SQL = "set local enable_seqscan = off"

ACCOUNTS_SQL = """
select client_id, id, is_test, code, asset, side, posted, held, entry_count from account
where $1::uuid is null or client_id = $1
order by client_id, id"""
ENTRIES_SQL = """
select e.client_id, e.account_id, e.number, e.is_test, e.journal_client_id, e.journal_id, e.asset, e.amount,
       e.balance_after,
       exists (select from journal j where j.client_id = e.journal_client_id and j.id = e.journal_id) as has_journal
from entry e
where $1::uuid is null or e.client_id = $1
order by e.client_id, e.account_id, e.number"""
OPEN_HOLDS_SQL = """
select client_id, account_id, sum(amount) as amount, count(*) as count from hold
where status = 'open' and ($1::uuid is null or client_id = $1)
group by client_id, account_id order by client_id, account_id"""
HEADS_SQL = """
select client_id, is_test, journal_count, hash from chain
where $1::uuid is null or client_id = $1
order by client_id, is_test"""

_LINES = """
left join lateral (
    select array_agg(e.client_id order by e.position) as owners,
           array_agg(e.account_id order by e.position) as accounts,
           array_agg(e.number order by e.position) as numbers,
           array_agg(e.position order by e.position) as positions,
           array_agg(e.asset order by e.position) as assets,
           array_agg(e.amount::text order by e.position) as amounts,
           array_agg(e.balance_after::text order by e.position) as balances,
           array_agg(e.is_test order by e.position) as modes,
           array_agg(e.created_at order by e.position) as times,
           array_agg(a.code order by e.position) as codes,
           array_agg(a.kind order by e.position) as kinds
    from entry e left join account a on a.client_id = e.client_id and a.id = e.account_id
    where e.journal_id = j.id and e.journal_client_id = j.client_id
) l on true"""
_JOURNAL = """
j.client_id, j.is_test, j.number, j.id, j.operation_id, j.reverses_id, j.kind, j.description, j.other_client_ids,
j.hash, j.created_at, l.owners, l.accounts, l.numbers, l.positions, l.assets, l.amounts, l.balances, l.modes, l.times,
l.codes, l.kinds"""
JOURNALS_SQL = f"""
select {_JOURNAL} from journal j {_LINES}
where ($1::uuid is null or j.client_id = $1) and ($2::boolean is null or j.is_test = $2)
order by j.client_id, j.is_test, j.number"""
# Journals of other chains on this workspace's accounts; the condition is that of the index entry_from_outside.
FROM_OUTSIDE_SQL = f"""
select {_JOURNAL} from (
    select distinct e.journal_id, e.journal_client_id from entry e
    where e.client_id = $1 and e.is_test = $2 and e.journal_client_id <> e.client_id
        and e.client_id <> '00000000-0000-0000-0000-000000000000'
) k join journal j on j.client_id = k.journal_client_id and j.id = k.journal_id {_LINES}
order by k.journal_id, k.journal_client_id"""
CODES_SQL = """
select client_id, code, kind, min(name) as name, array_agg(asset order by asset) as assets,
       array_agg(posted::text order by asset) as balances
from account
where ($1::uuid is null or client_id = $1) and is_test = $2
group by client_id, code, kind order by client_id, code, kind"""


async def take_snapshot(tx: Tx) -> None:
    """Makes the transaction see one moment only, and read by indexes. Must be its first statements."""
    for sql in (SNAPSHOT_SQL, NO_HASH_SQL, NO_MERGE_SQL, NO_SCAN_SQL):
        await tx.run(sql)


async def accounts(tx: Tx, client_id: UUID | None) -> AsyncIterator[Row]:
    """All accounts, by key."""
    async for row in _stream(tx, ACCOUNTS_SQL, client_id):
        yield row


async def entries(tx: Tx, client_id: UUID | None) -> AsyncIterator[Row]:
    """All entries, by account and number; `has_journal` says whether the journal that they name exists."""
    async for row in _stream(tx, ENTRIES_SQL, client_id):
        yield row


async def open_holds(tx: Tx, client_id: UUID | None) -> AsyncIterator[Row]:
    """Sum and count of open holds, by account."""
    async for row in _stream(tx, OPEN_HOLDS_SQL, client_id):
        yield row


async def heads(tx: Tx, client_id: UUID | None) -> AsyncIterator[Row]:
    """The ends of all chains, by key."""
    async for row in _stream(tx, HEADS_SQL, client_id):
        yield row


async def journals(tx: Tx, client_id: UUID | None, is_test: bool | None = None) -> AsyncIterator[Row]:
    """All journals by chain and number, each with its entries as arrays in their order (null without entries)."""
    async for row in _stream(tx, JOURNALS_SQL, client_id, is_test):
        yield row


async def journals_from_outside(tx: Tx, client_id: UUID, is_test: bool) -> AsyncIterator[Row]:
    """Journals of other chains with entries on this workspace's accounts, in the form of `journals`."""
    async for row in _stream(tx, FROM_OUTSIDE_SQL, client_id, is_test):
        yield row


async def codes(tx: Tx, client_id: UUID | None, is_test: bool) -> AsyncIterator[Row]:
    """Accounts by owner and code, their assets and balances as arrays."""
    async for row in _stream(tx, CODES_SQL, client_id, is_test):
        yield row


async def _stream(tx: Tx, sql: str, *args: object) -> AsyncIterator[Row]:
    async for row in tx.connection.cursor(sql, *args, prefetch=FETCHED_AT_ONCE):
        yield row
