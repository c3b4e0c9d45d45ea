"""SQL over posted journals, their entries and drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from findigi.kernel.db import Row, Tx

_COLUMNS = """
    j.client_id, j.is_test, j.id, j.number, j.operation_id, j.reverses_id, j.kind, j.description, j.hash, j.created_at,
    (select p.hash from journal p
     where p.client_id = j.client_id and p.is_test = j.is_test and p.number = j.number - 1) as previous_hash,
    (select r.id from journal r where r.client_id = j.client_id and r.reverses_id = j.id) as reversed_by_id"""

# A workspace sees its own chain, and journals of other chains that have entries on its accounts. Both branches descend
# an index that ends in the journal's id, so any page costs the same.
LIST_SQL = f"""
select {_COLUMNS} from (
    (select client_id, id from journal
     where client_id = $1 and is_test = $2 and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
         and ($4::timestamptz is null or created_at >= $4) and ($5::timestamptz is null or created_at < $5)
         and ($6::uuid is null or operation_id = $6)
     order by id desc limit $7)
    union all
    (select distinct e.journal_client_id, e.journal_id from entry e
     where e.client_id = $1 and e.is_test = $2 and e.journal_client_id <> e.client_id
         and e.client_id <> '00000000-0000-0000-0000-000000000000'
         and e.journal_id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and $6::uuid is null
         and ($4::timestamptz is null or e.created_at >= $4) and ($5::timestamptz is null or e.created_at < $5)
     order by e.journal_id desc limit $7)
    order by id desc limit $7
) k join journal j on j.client_id = k.client_id and j.id = k.id
order by j.id desc"""
# The same for one operation, where its index is the way in.
OF_OPERATION_SQL = f"""
select {_COLUMNS} from journal j
where j.client_id = $1 and j.is_test = $2 and j.operation_id = $6
    and j.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    and ($4::timestamptz is null or j.created_at >= $4) and ($5::timestamptz is null or j.created_at < $5)
order by j.id desc limit $7"""
# Over the account's own count of entries. A journal with several entries on it shows at the last of them; they are
# neighbours, since a posting is written whole.
OF_ACCOUNT_SQL = f"""
select k.entry_number, {_COLUMNS} from (
    select e.number as entry_number, e.journal_client_id, e.journal_id from entry e
    where e.client_id = $1 and e.is_test = $2 and e.account_id = $8
        and e.number < coalesce($3::bigint, 9223372036854775807)
        and ($4::timestamptz is null or e.created_at >= $4) and ($5::timestamptz is null or e.created_at < $5)
        and ($6::uuid is null or exists (
            select from journal o where o.client_id = $1 and o.id = e.journal_id and o.operation_id = $6))
        and not exists (
            select from entry n where n.client_id = e.client_id and n.account_id = e.account_id
                and n.number = e.number + 1 and n.journal_id = e.journal_id)
    order by e.number desc limit $7
) k join journal j on j.client_id = k.journal_client_id and j.id = k.journal_id
order by k.entry_number desc"""
OWN_SQL = f"select {_COLUMNS} from journal j where j.client_id = $1 and j.is_test = $2 and j.id = $3"
FOREIGN_SQL = f"""
select {_COLUMNS} from journal j
where j.id = $3 and j.is_test = $2 and j.client_id in (
    select e.journal_client_id from entry e where e.client_id = $1 and e.journal_id = $3)"""
ENTRIES_SQL = """
select e.journal_client_id, e.journal_id, e.client_id, e.account_id, e.asset, e.amount, a.code
from unnest($1::uuid[], $2::uuid[]) as k (client_id, id)
join entry e on e.journal_id = k.id and e.journal_client_id = k.client_id
join account a on a.client_id = e.client_id and a.id = e.account_id
order by e.journal_id, e.position"""

_DRAFT_COLUMNS = "client_id, is_test, id, description, entries, status, operation_id, created_by, created_at"
INSERT_DRAFT_SQL = """
insert into journal_draft (client_id, is_test, id, description, entries, status, created_by, created_at)
values ($1, $2, $3, $4, $5::jsonb, 'draft', $6, $7)"""
DRAFT_SQL = f"select {_DRAFT_COLUMNS} from journal_draft where client_id = $1 and is_test = $2 and id = $3"
DRAFT_LOCKED_SQL = f"{DRAFT_SQL} for update"
DRAFTS_SQL = f"""
select {_DRAFT_COLUMNS} from journal_draft
where client_id = $1 and is_test = $2 and status = 'draft'
    and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    and ($4::timestamptz is null or created_at >= $4) and ($5::timestamptz is null or created_at < $5)
    and ($6::uuid is null or operation_id = $6)
    and ($8::text is null or entries @> jsonb_build_array(jsonb_build_array($8::text)))
order by id desc limit $7"""
MARK_POSTED_SQL = """
update journal_draft set status = 'posted', operation_id = $4
where client_id = $1 and is_test = $2 and id = $3 and status = 'draft'"""

# What a reversal needs: the workspace's chain is locked, as posting does first, so that two reversals come in a row.
LOCK_CHAIN_SQL = """
select c.is_test from journal j join chain c on c.client_id = j.client_id and c.is_test = j.is_test
where j.client_id = $1 and j.id = $2 for update of c"""
MIRROR_SQL = """
select e.client_id, e.account_id, e.amount from entry e
where e.journal_client_id = $1 and e.journal_id = $2 order by e.position"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which journals: of a workspace and mode, in a half-open span of time, of an operation, on an account."""

    client_id: UUID
    is_test: bool
    since: datetime | None = None
    until: datetime | None = None
    operation_id: UUID | None = None
    account_id: UUID | None = None


async def posted(tx: Tx, where: Filter, *, before: UUID | None, limit: int) -> list[Row]:
    """Posted journals that the workspace sees, newest id first, below `before`; `account_id` is not looked at."""
    sql = LIST_SQL if where.operation_id is None else OF_OPERATION_SQL
    return await tx.rows(sql, *_args(where, before), limit)


async def posted_on_account(tx: Tx, where: Filter, *, before: int | None, limit: int) -> list[Row]:
    """Posted journals on the filter's account, in the account's own order, newest first; rows carry `entry_number`."""
    return await tx.rows(OF_ACCOUNT_SQL, *_args(where, before), limit, where.account_id)


async def drafts(tx: Tx, where: Filter, *, before: UUID | None, limit: int) -> list[Row]:
    """Drafts that were not posted yet, newest first, below `before`."""
    account = None if where.account_id is None else str(where.account_id)
    return await tx.rows(DRAFTS_SQL, *_args(where, before), limit, account)


def _args(where: Filter, before: UUID | int | None) -> tuple[Any, ...]:
    return (where.client_id, where.is_test, before, where.since, where.until, where.operation_id)


async def find(tx: Tx, *, client_id: UUID, is_test: bool, journal_id: UUID) -> Row | None:
    """A posted journal that the workspace sees: of its own chain, or of another with entries on its accounts."""
    own = await tx.row(OWN_SQL, client_id, is_test, journal_id)
    return own or await tx.row(FOREIGN_SQL, client_id, is_test, journal_id)


async def entries(tx: Tx, journals: Sequence[tuple[UUID, UUID]]) -> list[Row]:
    """The entries of these (client_id, journal id), in each journal's order, with their accounts' codes."""
    return await tx.rows(ENTRIES_SQL, [key[0] for key in journals], [key[1] for key in journals])


async def insert_draft(
    tx: Tx,
    *,
    client_id: UUID,
    is_test: bool,
    journal_id: UUID,
    description: str,
    entries: list[list[str]],
    created_by: UUID,
    now: datetime,
) -> None:
    """Keeps a draft; `entries` are [account id, amount in smallest units] as text."""
    await tx.run(INSERT_DRAFT_SQL, client_id, is_test, journal_id, description, entries, created_by, now)


async def draft(tx: Tx, *, client_id: UUID, is_test: bool, journal_id: UUID, for_update: bool) -> Row | None:
    """A draft, posted or not; `for_update` keeps others from it until the transaction ends."""
    return await tx.row(DRAFT_LOCKED_SQL if for_update else DRAFT_SQL, client_id, is_test, journal_id)


async def mark_posted(tx: Tx, *, client_id: UUID, is_test: bool, journal_id: UUID, operation_id: UUID) -> bool:
    """Marks a draft as posted; False when there is no such draft or it was posted before."""
    return await tx.run(MARK_POSTED_SQL, client_id, is_test, journal_id, operation_id) == 1


async def lock_chain_of(tx: Tx, *, client_id: UUID, journal_id: UUID) -> bool | None:
    """Locks the chain that the journal stands in and gives its mode (`is_test`); None when there is no such journal."""
    return await tx.value(LOCK_CHAIN_SQL, client_id, journal_id)


async def mirror_of(tx: Tx, *, client_id: UUID, journal_id: UUID) -> list[Row]:
    """Owner, account and amount of the journal's entries, in order."""
    return await tx.rows(MIRROR_SQL, client_id, journal_id)
