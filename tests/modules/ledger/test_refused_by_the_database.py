"""What PostgreSQL itself refuses, by direct SQL with the table owner's rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.modules.ledger.books import NOW, Workspace, balances, fund, open_workspace, post, posting

from findigi.kernel import ids
from findigi.kernel.db import CheckViolation, Database, UniqueViolation
from findigi.modules.ledger.model import Account

HISTORY = "rows are never changed or deleted"
INSERT = """
insert into entry (client_id, account_id, number, is_test, journal_client_id, journal_id, position, asset, amount,
                   balance_after, created_at)
select k.client_id, k.account_id, k.number, true, k.client_id, $6, 0, k.asset, k.amount, k.after, $7
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::numeric[], $8::numeric[])
    as k (client_id, account_id, number, asset, amount, after)"""
SET = "update account set posted = $2, entry_count = $3 where id = $1"


@pytest.mark.parametrize(
    "sql",
    [
        "update journal set description = 'x'",
        "update journal set description = description where false",
        "delete from journal",
        "truncate journal",
        "update entry set amount = amount",
        "delete from entry",
        "truncate entry",
        "truncate journal, entry cascade",
        "merge into entry e using journal j on e.journal_id = j.id when matched then delete",
        "insert into journal select * from journal on conflict (client_id, id) do update set description = 'x'",
    ],
)
async def test_history_is_not_rewritten(database: Database, clean: None, sql: str) -> None:
    await fund(database, await open_workspace(database), "a", 100)
    with pytest.raises(Exception, match=HISTORY):
        async with database.transaction() as tx:
            await tx.run(sql)


async def insert(
    database: Database, rows: Sequence[tuple[Account, int, int, int]], *, first: Sequence[Any] = ()
) -> None:
    """Entries (account, number, amount, balance after) of one new journal, after setting balances as `first` says."""
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    async with database.transaction() as tx:
        for account, posted, count in first:
            await tx.run(SET, account.id, posted, count)
        await tx.run(
            INSERT,
            [account.client_id for account in columns[0]],
            [account.id for account in columns[0]],
            columns[1],
            [account.asset for account in columns[0]],
            columns[2],
            ids.new_id(),
            NOW,
            columns[3],
        )


async def test_entries_that_fit_are_taken(database: Database, clean: None) -> None:
    own = await open_workspace(database)
    await fund(database, own, "a", 100)
    a, b = own.accounts["a"], own.accounts["b"]
    await insert(database, [(a, 2, -30, 70), (b, 1, 30, 30)], first=[(a, 70, 2), (b, 30, 1)])
    assert (await balances(database, own))["b"] == (30, 0)


async def test_an_unbalanced_journal_is_refused(database: Database, clean: None) -> None:
    own = await open_workspace(database)
    await fund(database, own, "a", 100)
    a, b = own.accounts["a"], own.accounts["b"]
    with pytest.raises(Exception, match="does not balance: IDR is off by 1"):
        await insert(database, [(a, 2, -30, 70), (b, 1, 31, 31)], first=[(a, 70, 2), (b, 31, 1)])
    s = own.accounts["s"]
    with pytest.raises(Exception, match="does not balance"):
        await insert(database, [(a, 2, -30, 70), (s, 1, 30, 30)], first=[(a, 70, 2), (s, 30, 1)])


@pytest.mark.parametrize(
    ("posted", "count"),
    [(100, 1), (71, 2), (69, 2), (70, 1), (70, 3)],
    ids=["untouched", "too much", "too little", "count behind", "count ahead"],
)
async def test_a_balance_that_does_not_fit_its_entries_is_refused(
    database: Database, clean: None, posted: int, count: int
) -> None:
    own = await open_workspace(database)
    await fund(database, own, "a", 100)
    a, b = own.accounts["a"], own.accounts["b"]
    with pytest.raises(Exception, match="does not fit the account's balance"):
        await insert(database, [(a, 2, -30, 70), (b, 1, 30, 30)], first=[(a, posted, count), (b, 30, 1)])


async def test_an_entry_of_no_account_is_refused(database: Database, clean: None) -> None:
    own, other = await open_workspace(database), await open_workspace(database)
    await fund(database, own, "a", 100)
    b = own.accounts["b"]
    nobody = other.accounts["b"]
    async with database.transaction() as tx:
        await tx.run("delete from account where id = $1", nobody.id)
    with pytest.raises(Exception, match="does not fit the account's balance"):
        await insert(database, [(nobody, 1, -30, -30), (b, 1, 30, 30)], first=[(b, 30, 1)])


@pytest.mark.parametrize(
    "change", ["posted = -1", "held = 101", "held = -1", "posted = 49, held = 50", "kind = 'gift'", "side = 'left'"]
)
async def test_an_account_stays_within_its_bounds(database: Database, clean: None, change: str) -> None:
    own = await open_workspace(database)
    await fund(database, own, "a", 100)
    with pytest.raises(CheckViolation):
        async with database.transaction() as tx:
            await tx.run(f"update account set {change} where id = $1", own.accounts["a"].id)


async def test_an_entry_of_nothing_is_refused(database: Database, clean: None) -> None:
    own = await open_workspace(database)
    with pytest.raises(CheckViolation):
        await insert(database, [(own.accounts["a"], 1, 0, 0)], first=[(own.accounts["a"], 0, 1)])


async def test_a_second_reversal_is_refused(database: Database, clean: None) -> None:
    own = await open_workspace(database)
    given = await fund(database, own, "a", 100)
    for amount in (-1, 1):
        lines = (own.line("a", amount), own.line("b", -amount))
        back = posting(own.client_id, *lines, reverses_id=given.posting.journal_id)
        if amount == -1:
            await post(database, back)
        else:
            with pytest.raises(UniqueViolation):
                await post(database, back)


async def test_a_journal_id_is_used_once(database: Database, clean: None) -> None:
    own: Workspace = await open_workspace(database)
    given = await fund(database, own, "a", 100)
    again = posting(own.client_id, own.line("a", -1), own.line("b", 1), journal_id=given.posting.journal_id)
    with pytest.raises(UniqueViolation):
        await post(database, again)
    assert (await balances(database, own))["a"] == (100, 0)
