"""Locking what a batch touches, and writing what was decided, each in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from findigi.kernel.db import Row, Tx
from findigi.kernel.idempotency import Key
from findigi.kernel.sets import Part, columns, set_part
from findigi.modules.ledger.model import AccountKey, Balance, Book, ChainKey, Head, Hold, Journal, Side

# One statement, so that a batch waits for one round trip. Chains are locked first, then accounts, then holds, each in
# the order of their keys (the caller sorts them): every writer locks in this order, so two can wait for each other but
# never in a circle. A row that changed while it was waited for is read again, so the balances are the newest. The
# lateral look-ups leave the planner no choice but one index descent per key, whatever it believes about the tables.
LOCK_SQL = """
with head as materialized (
    select c.* from unnest($1::text::uuid[], $2::text::boolean[]) as k (client_id, is_test)
    cross join lateral (
        select client_id, is_test, journal_count, hash from chain
        where client_id = k.client_id and is_test = k.is_test for update
    ) c
), balance as materialized (
    select a.* from unnest($3::text::uuid[], $4::text::uuid[]) as k (client_id, id)
    cross join lateral (
        select client_id, id, is_test, asset, side, status, posted, held, entry_count from account
        where client_id = k.client_id and id = k.id for update
    ) a
), open_hold as materialized (
    select h.* from unnest($5::text::uuid[], $6::text::uuid[]) as k (client_id, id)
    cross join lateral (
        select client_id, id, account_id, operation_id, amount, status from hold
        where client_id = k.client_id and id = k.id for update
    ) h
)
select 0 as what, client_id, null::uuid as id, is_test, journal_count as number, hash,
       null::text as asset, null::text as side, null::text as status, null::text as posted, null::text as held,
       null::uuid as account_id, null::uuid as operation_id, null::text as key, null::bytea as answer
from head
union all
select 1, client_id, id, is_test, entry_count, null, asset, side, status, posted::text, held::text,
       null, null, null, null
from balance
union all
select 2, client_id, id, null, null, null, null, null, status, amount::text, null, account_id, operation_id, null, null
from open_hold
union all
select 3, i.client_id, null, i.is_test, i.status, i.request_hash, i.operation, null, null, null, null, null, null,
       i.key, i.answer
from unnest($7::text::uuid[], $8::text::boolean[], $9::text::text[], $10::text::text[])
    as k (client_id, is_test, operation, key)
cross join lateral (
    select client_id, is_test, status, request_hash, operation, key, answer from idempotency
    where client_id = k.client_id and is_test = k.is_test and operation = k.operation and key = k.key offset 0
) i
union all
select 4, null, null, null, null, null, pg_current_xact_id()::text, null, null, null, null, null, null, null, null"""

OPEN_CHAINS_SQL = """
insert into chain (client_id, is_test)
select k.client_id, k.is_test from unnest($1::text::uuid[], $2::text::boolean[]) as k (client_id, is_test)
on conflict (client_id, is_test) do nothing"""

TRANSACTION_STATUS_SQL = "select pg_xact_status($1::text::xid8)"

BALANCES_SET = """
update account a set posted = k.posted, held = k.held, entry_count = k.entry_count
from unnest({}::uuid[], {}::uuid[], {}::numeric[], {}::numeric[], {}::bigint[])
    as k (client_id, id, posted, held, entry_count)
where a.client_id = k.client_id and a.id = k.id"""
CHAINS_SET = """
update chain c set journal_count = k.count, hash = k.hash
from unnest({}::uuid[], {}::boolean[], {}::bigint[], {}::bytea[]) as k (client_id, is_test, count, hash)
where c.client_id = k.client_id and c.is_test = k.is_test"""
JOURNALS_SET = """
insert into journal (client_id, is_test, number, id, operation_id, reverses_id, kind, description, other_client_ids,
                     hash, created_at)
select k.client_id, k.is_test, k.number, k.id, k.operation_id, k.reverses_id, k.kind, k.description,
       k.others::uuid[], k.hash, k.created_at
from unnest({}::uuid[], {}::boolean[], {}::bigint[], {}::uuid[], {}::uuid[], {}::uuid[], {}::text[], {}::text[],
            {}::text[], {}::bytea[], {}::timestamptz[])
    as k (client_id, is_test, number, id, operation_id, reverses_id, kind, description, others, hash, created_at)"""
ENTRIES_SET = """
insert into entry (client_id, account_id, number, is_test, journal_client_id, journal_id, position, asset, amount,
                   balance_after, created_at)
select k.client_id, k.account_id, k.number, k.is_test, k.journal_client_id, k.journal_id, k.position, k.asset,
       k.amount, k.balance_after, k.created_at
from unnest({}::uuid[], {}::uuid[], {}::bigint[], {}::boolean[], {}::uuid[], {}::uuid[], {}::smallint[], {}::text[],
            {}::numeric[], {}::numeric[], {}::timestamptz[])
    as k (client_id, account_id, number, is_test, journal_client_id, journal_id, position, asset, amount,
          balance_after, created_at)"""
NEW_HOLDS_SET = """
insert into hold (client_id, id, is_test, account_id, operation_id, asset, amount, status, created_at)
select k.client_id, k.id, k.is_test, k.account_id, k.operation_id, k.asset, k.amount, 'open', k.created_at
from unnest({}::uuid[], {}::uuid[], {}::boolean[], {}::uuid[], {}::uuid[], {}::text[], {}::numeric[], {}::timestamptz[])
    as k (client_id, id, is_test, account_id, operation_id, asset, amount, created_at)"""
ENDED_HOLDS_SET = """
update hold h set captured = k.captured, closed_at = k.at,
                  status = case when k.captured > 0 then 'captured' else 'released' end
from unnest({}::uuid[], {}::uuid[], {}::numeric[], {}::timestamptz[]) as k (client_id, id, captured, at)
where h.client_id = k.client_id and h.id = k.id and h.status = 'open'"""


async def lock(
    tx: Tx,
    *,
    chains: Sequence[ChainKey],
    accounts: Sequence[AccountKey],
    holds: Sequence[AccountKey],
    keys: Sequence[Key],
) -> tuple[Book, dict[tuple[UUID, bool, str, str], tuple[bytes, int, bytes]], str]:
    """Locks chains, accounts and holds; gives the book, the records of the keys, and the transaction's id.

    By that id PostgreSQL tells later whether the transaction committed. A record is (request hash, status, answer).
    Chains that do not exist yet are made; accounts and holds that do not exist are simply absent from the book.
    """
    args = (
        columns(sorted(chains), 2)
        + columns(sorted(accounts), 2)
        + columns(sorted(holds), 2)
        + columns([k.scope for k in keys], 4)
    )
    rows = await tx.rows(LOCK_SQL, *args)
    book, known, transaction_id = _book(rows)
    missing = [key for key in chains if key not in book.heads]
    if missing:
        await tx.run(OPEN_CHAINS_SQL, *columns(missing, 2))
        book, known, transaction_id = _book(await tx.rows(LOCK_SQL, *args))
    return book, known, transaction_id


def _book(
    rows: Iterable[Row],
) -> tuple[Book, dict[tuple[UUID, bool, str, str], tuple[bytes, int, bytes]], str]:
    book, transaction_id = Book(), ""
    known: dict[tuple[UUID, bool, str, str], tuple[bytes, int, bytes]] = {}
    for row in rows:
        what, client_id = row[0], row[1]
        if what == 1:
            book.balances[client_id, row[2]] = Balance(
                row[6], Side(row[7]), row[8], row[3], int(row[9]), int(row[10]), row[4]
            )
        elif what == 0:
            book.heads[client_id, row[3]] = Head(row[4], row[5])
        elif what == 2:
            book.holds[client_id, row[2]] = Hold(client_id, row[2], row[11], row[12], int(row[9]), row[8])
        elif what == 3:
            known[client_id, row[3], row[6], row[13]] = (row[5], row[4], row[14])
        else:
            transaction_id = row[6]
    return book, known, transaction_id


def writes(book: Book, journals: Sequence[Journal]) -> list[Part]:
    """The set-writes of decided postings: balances, chains, journals, entries and holds."""
    parts = [_balances(book)] if any(b.changed for b in book.balances.values()) else []
    posted = [journal for journal in journals if journal.entries]
    if posted:
        heads = {(j.posting.client_id, j.posting.is_test) for j in posted}
        parts += [
            set_part(CHAINS_SET, [(*key, book.heads[key].count, book.heads[key].hash) for key in heads]),
            set_part(JOURNALS_SET, [_journal_row(journal) for journal in posted]),
            set_part(ENTRIES_SET, [row for journal in posted for row in _entry_rows(journal)]),
        ]
    return parts + _hold_parts(book, journals)


def _balances(book: Book) -> Part:
    rows = [(*key, b.posted, b.held, b.entry_count) for key, b in book.balances.items() if b.changed]
    return set_part(BALANCES_SET, rows)


def _journal_row(journal: Journal) -> tuple[Any, ...]:
    posting = journal.posting
    others = {entry.client_id for entry in journal.entries} - {posting.client_id}
    return (
        posting.client_id,
        posting.is_test,
        journal.number,
        posting.journal_id,
        posting.operation_id,
        posting.reverses_id,
        posting.kind,
        posting.description,
        "{" + ",".join(map(str, others)) + "}",
        journal.hash,
        posting.at,
    )


def _entry_rows(journal: Journal) -> Iterable[tuple[Any, ...]]:
    posting = journal.posting
    for position, entry in enumerate(journal.entries):
        yield (
            entry.client_id,
            entry.account_id,
            entry.number,
            posting.is_test,
            posting.client_id,
            posting.journal_id,
            position,
            entry.asset,
            entry.amount,
            entry.balance_after,
            posting.at,
        )


def _hold_parts(book: Book, journals: Sequence[Journal]) -> list[Part]:
    placed: list[tuple[Any, ...]] = []
    ended: list[tuple[Any, ...]] = []
    for journal in journals:
        posting = journal.posting
        for hold in posting.place:
            asset = book.balances[hold.account].asset
            placed.append(
                (hold.client_id, hold.id, posting.is_test, hold.account_id, hold.operation_id, asset,
                 hold.amount, posting.at)
            )  # fmt: skip
        ended.extend((take.client_id, take.hold_id, take.captured, posting.at) for take in posting.take)
    parts: list[Part] = []
    if placed:
        parts.append(set_part(NEW_HOLDS_SET, placed))
    if ended:
        parts.append(set_part(ENDED_HOLDS_SET, ended))
    return parts


async def transaction_status(tx: Tx, transaction_id: str) -> str | None:
    """`committed`, `aborted` or `in progress`; None when it is older than what PostgreSQL remembers."""
    return await tx.value(TRANSACTION_STATUS_SQL, transaction_id)
