"""Each test changes one row as somebody with all rights on the database could, and expects that row to be named."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio
from tests.modules.ledger.books import Workspace, fund, house_account, open_workspace, post, posting

from findigi.kernel import ids
from findigi.kernel.db import Database
from findigi.modules.ledger.model import HOUSE, Hold, Journal, Line, Take
from findigi.modules.ledger.service.verify import Wrong, verify_all

BEHIND_THE_TRIGGERS = "set local session_replication_role = replica"


class Books:
    """Two workspaces with a history: funding, transfers within and between, a fee, holds open, captured, released."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def fill(self) -> None:
        database = self.database
        self.one, self.two = await open_workspace(database), await open_workspace(database)
        fee = await house_account(database, "revenue/fee/wallet_transfer", "IDR")
        self.journals = [await fund(database, self.one, "a", 10_000), await fund(database, self.one, "s", 500)]
        self.holds = [self.hold(300), self.hold(200), self.hold(100)]
        for hold in self.holds:
            await post(database, posting(self.one.client_id, place=(hold,)))
        self.journals.append(
            await post(
                database,
                posting(
                    self.one.client_id,
                    self.one.line("a", -205),
                    self.two.line("a", 200),
                    Line(HOUSE, fee.id, 5),
                    operation_id=ids.new_id(),
                    take=(Take(self.one.client_id, self.one.accounts["a"].id, self.holds[1].id, 200),),
                    description="Rent, März",
                ),
            )
        )
        release = Take(self.one.client_id, self.one.accounts["a"].id, self.holds[2].id)
        await post(database, posting(self.one.client_id, take=(release,)))
        self.journals += [
            await post(database, posting(self.one.client_id, self.one.line("a", -n), self.one.line("b", n)))
            for n in (1, 2, 3)
        ]
        await post(database, posting(self.two.client_id, self.two.line("a", -50), self.two.line("b", 50)))
        self.house_account_id = fee.id

    def hold(self, amount: int) -> Hold:
        return Hold(self.one.client_id, ids.new_id(), self.one.accounts["a"].id, ids.new_id(), amount)

    async def tamper(self, sql: str, *args: object) -> None:
        async with self.database.transaction() as tx:
            await tx.run(BEHIND_THE_TRIGGERS)
            assert await tx.run(sql, *args) == 1

    async def wrong(self) -> Wrong:
        report = await verify_all(self.database)
        assert report.wrong is not None
        return report.wrong

    def entry_key(self, number: int, name: str = "a", workspace: Workspace | None = None) -> dict[str, object]:
        owner = workspace or self.one
        return {"client_id": owner.client_id, "account_id": owner.accounts[name].id, "number": number}

    def journal_key(self, journal: Journal) -> dict[str, object]:
        return {
            "client_id": self.one.client_id, "is_test": True, "number": journal.number, "id": journal.posting.journal_id
        }  # fmt: skip


@pytest_asyncio.fixture
async def books(database: Database, clean: None) -> AsyncGenerator[Books]:
    made = Books(database)
    await made.fill()
    yield made


async def test_right_books_are_counted(books: Books) -> None:
    report = await verify_all(books.database)
    assert report.wrong is None
    # funding in IDR and SGD, the fee, and two times a, b, s; the house has a chain for its accounts without journals
    assert (report.accounts, report.journals, report.entries, report.holds) == (9, 7, 15, 1)
    assert report.summary().startswith("7 journals in 3 chains, 15 entries on 9 accounts, 1 open holds")


async def test_one_workspace_is_verified_alone_and_its_chain_named(books: Books) -> None:
    report = await verify_all(books.database, client_id=books.one.client_id)
    assert report.wrong is None
    assert report.heads == {(books.one.client_id, True): (6, books.journals[-1].hash)}
    await books.tamper("update account set posted = posted + 1 where id = $1", books.two.accounts["s"].id)
    assert (await verify_all(books.database, client_id=books.one.client_id)).wrong is None
    assert (await verify_all(books.database, client_id=books.two.client_id)).wrong is not None


async def test_no_books_are_right_books(database: Database, clean: None) -> None:
    report = await verify_all(database)
    assert (report.wrong, report.journals) == (None, 0)


ENTRY = "update entry set {} where client_id = $1 and account_id = $2 and number = 3"


@pytest.mark.parametrize(
    ("change", "expected", "found"),
    [
        ("amount = amount - 1", "9793", "9794"),
        ("balance_after = balance_after + 1", "9794", "9795"),
        ("asset = 'SGD'", "IDR", "SGD"),
        ("is_test = false", "True", "False"),
        ("position = 7", "0", "7"),
        ("created_at = created_at + interval '1 microsecond'", "2026-04-10 18:00:00+00:00", "18:00:00.000001"),
        ("number = 77", "3", "4"),
        ("journal_id = gen_random_uuid()", "one with id", "none"),
        ("journal_client_id = gen_random_uuid()", "one with id", "none"),
    ],
)
async def test_a_changed_entry_is_named(books: Books, change: str, expected: str, found: str) -> None:
    key = (books.one.client_id, books.one.accounts["a"].id)
    await books.tamper(ENTRY.format(change), *key)
    wrong = await books.wrong()
    number = 4 if change.startswith("number") else 3
    assert (wrong.table, wrong.key) == ("entry", books.entry_key(number))
    assert wrong.expected.startswith(expected)
    assert found in wrong.found


async def test_a_deleted_entry_leaves_a_gap_that_is_named(books: Books) -> None:
    await books.tamper("delete from entry where account_id = $1 and number = 2", books.one.accounts["a"].id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key, wrong.expected, wrong.found) == ("entry", books.entry_key(3), "2", "3")


async def test_the_last_entry_missing_shows_on_its_account(books: Books) -> None:
    await books.tamper("delete from entry where account_id = $1 and number = 3", books.one.accounts["b"].id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key["id"], wrong.expected, wrong.found) == (
        "account", books.one.accounts["b"].id, "2", "3"
    )  # fmt: skip


async def test_an_entry_of_no_account_is_named(books: Books) -> None:
    await books.tamper("delete from account where id = $1", books.one.accounts["s"].id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key, wrong.found) == ("entry", books.entry_key(1, "s"), "none")


JOURNAL = "update journal set {} where client_id = $1 and number = 3"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("description = 'Rent, April'", "hash"),
        ("kind = 'payout'", "hash"),
        ("operation_id = gen_random_uuid()", "hash"),
        ("operation_id = null", "hash"),
        ("reverses_id = gen_random_uuid()", "hash"),
        ("hash = sha256(hash)", "hash"),
        ("other_client_ids = '{}'", "other_client_ids"),
    ],
)
async def test_a_changed_journal_is_named(books: Books, change: str, what: str) -> None:
    await books.tamper(JOURNAL.format(change), books.one.client_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key) == ("journal", books.journal_key(books.journals[2]))
    assert wrong.what.startswith(what)


async def test_a_journal_moved_in_time_with_its_entries_is_named(books: Books) -> None:
    await books.tamper(JOURNAL.format("created_at = created_at + interval '1 day'"), books.one.client_id)
    async with books.database.transaction() as tx:
        await tx.run(BEHIND_THE_TRIGGERS)
        journal_id = books.journals[2].posting.journal_id
        await tx.run("update entry set created_at = created_at + interval '1 day' where journal_id = $1", journal_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key) == ("journal", books.journal_key(books.journals[2]))
    async with books.database.transaction() as tx:
        await tx.run(BEHIND_THE_TRIGGERS)
        early = datetime(1969, 1, 1, tzinfo=UTC)
        await tx.run("update journal set created_at = $2 where id = $1", journal_id, early)
        await tx.run("update entry set created_at = $2 where journal_id = $1", journal_id, early)
    assert (await books.wrong()).what == "created_at"


async def test_a_journal_whose_money_was_rewritten_on_both_sides_is_named(books: Books) -> None:
    """Amounts and all balances after them fit each other; only the hash knows."""
    a, b = books.one.accounts["a"].id, books.one.accounts["b"].id
    async with books.database.transaction() as tx:
        await tx.run(BEHIND_THE_TRIGGERS)
        await tx.run("update entry set amount = amount - 9 where account_id = $1 and number = 3", a)
        await tx.run("update entry set balance_after = balance_after - 9 where account_id = $1 and number >= 3", a)
        await tx.run("update account set posted = posted - 9 where id = $1", a)
        await tx.run("update entry set amount = amount + 9 where account_id = $1 and number = 1", b)
        await tx.run("update entry set balance_after = balance_after + 9 where account_id = $1", b)
        await tx.run("update account set posted = posted + 9 where id = $1", b)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key) == ("journal", books.journal_key(books.journals[3]))
    assert wrong.what.startswith("hash")


async def test_a_deleted_journal_is_named_by_its_entries(books: Books) -> None:
    await books.tamper("delete from journal where client_id = $1 and number = 6", books.one.client_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.found) == ("entry", "none")


async def test_a_gap_in_a_chain_is_named(books: Books) -> None:
    async with books.database.transaction() as tx:
        await tx.run(BEHIND_THE_TRIGGERS)
        await tx.run("update journal set number = number + 1 where client_id = $1 and number = 6", books.one.client_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key["number"], wrong.expected, wrong.found) == ("journal", 7, "6", "7")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("posted = posted + 1", "posted"),
        ("posted = 0, held = 0", "posted"),
        ("held = held - 1", "held"),
        ("held = held + 1", "held"),
        ("entry_count = entry_count + 1", "entry_count"),
    ],
)
async def test_a_changed_account_is_named(books: Books, change: str, what: str) -> None:
    account_id = books.one.accounts["a"].id
    await books.tamper(f"update account set {change} where id = $1", account_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key) == ("account", {"client_id": books.one.client_id, "id": account_id})
    assert wrong.what.startswith(what)


async def test_a_changed_hold_shows_on_its_account(books: Books) -> None:
    await books.tamper("update hold set amount = amount + 1 where id = $1", books.holds[0].id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.expected, wrong.found) == ("account", "301", "300")
    assert wrong.what.startswith("held")


@pytest.mark.parametrize("change", ["journal_count = journal_count - 1", "hash = sha256(hash)"])
async def test_a_changed_chain_is_named(books: Books, change: str) -> None:
    await books.tamper(f"update chain set {change} where client_id = $1 and is_test", books.one.client_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key) == ("chain", {"client_id": books.one.client_id, "is_test": True})


async def test_a_missing_chain_is_named(books: Books) -> None:
    await books.tamper("delete from chain where client_id = $1", books.one.client_id)
    wrong = await books.wrong()
    assert (wrong.table, wrong.key, wrong.found) == (
        "chain",
        {"client_id": books.one.client_id, "is_test": True},
        "none",
    )


async def test_money_from_nowhere_shows_in_the_sum_of_all_accounts(books: Books) -> None:
    """An account with one entry that fits it, written past the trigger: every row fits, the total does not."""
    account_id: UUID = books.one.accounts["s"].id
    async with books.database.transaction() as tx:
        await tx.run(BEHIND_THE_TRIGGERS)
        await tx.run("update account set posted = 700, entry_count = 2 where id = $1", account_id)
        await tx.run(
            """insert into entry (client_id, account_id, number, is_test, journal_client_id, journal_id, position,
                                  asset, amount, balance_after, created_at)
               select client_id, account_id, 2, is_test, journal_client_id, journal_id, 2, asset, 200, 700, created_at
               from entry where account_id = $1""",
            account_id,
        )
    wrong = await books.wrong()
    assert wrong.key == {"asset": "SGD", "mode": "test"}
    assert str(wrong) == "account (asset=SGD, mode=test): sum of all accounts of the asset: expected 0, found 200"
