"""The exports, read back: by Beancount's own loader, and by a parser of hledger's documented journal grammar."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from beancount import loader
from beancount.core import data
from tests.modules.ledger.books import NOW, Workspace, fund, house_account, open_workspace, post, posting

from findigi.kernel import ids
from findigi.kernel.db import Database
from findigi.kernel.money import ASSETS
from findigi.modules.ledger.model import HOUSE, Line
from findigi.modules.ledger.service.accounts import NewAccount, open_accounts
from findigi.modules.ledger.service.export import Format, account_name, export
from findigi.modules.ledger.service.journals import reverse

ODD = 'He said "pay; now" \\ 100%, ok | späť\nand\ttab'


async def fill(database: Database) -> tuple[Workspace, Workspace]:
    """Assets with 0 to 18 decimals, a fee, a payment between workspaces, a reversal, live mode, odd texts."""
    one = await open_workspace(database, a="IDR", y="JPY", e="ETH", k="KWD", t="USDT")
    two = await open_workspace(database, a="IDR")
    fee = await house_account(database, "revenue/fee/wallet_transfer", "IDR")
    await fund(database, one, "a", 1_000_050)
    await fund(database, one, "y", 777)
    await fund(database, one, "e", 1_234_567_890_123_456_789)
    await fund(database, one, "k", 1)
    await fund(database, one, "t", 2_500_000)
    lines = (one.line("a", -210), two.line("a", 200), Line(HOUSE, fee.id, 10))
    paid = await post(
        database, posting(one.client_id, *lines, description=ODD, operation_id=ids.new_id(), at=NOW + timedelta(days=2))
    )
    await post(database, posting(two.client_id, two.line("a", -150), one.line("a", 150), at=NOW + timedelta(days=1)))
    back = await post(database, posting(one.client_id, one.line("a", -7), two.line("a", 7)))
    async with database.transaction() as tx:
        await reverse(
            tx,
            client_id=one.client_id,
            journal_id=back.posting.journal_id,
            at=NOW + timedelta(days=3),
            kind="wallet_transfer",
            description="",
            operation_id=None,
        )
        codes = ("vault/A-b", "vault/a-B", "é")
        odd = [NewAccount(one.client_id, True, code, "liability", "IDR", ODD) for code in codes]
        await open_accounts(tx, odd, now=NOW)
    assert paid.number == 6
    return one, two


async def text_of(database: Database, form: Format, client: Workspace | None = None, *, is_test: bool = True) -> str:
    out = io.StringIO()
    await export(database, out, form=form, is_test=is_test, client_id=client.client_id if client else None)
    return out.getvalue()


def load(text: str) -> data.Entries:
    entries, errors = read(text)
    assert errors == []
    return entries


def read(text: str) -> tuple[data.Entries, list[str]]:
    entries, errors, _ = cast("Any", loader).load_string(text)
    return entries, [f"{error.source}: {error.message}" for error in errors]


async def expected(
    database: Database, client: Workspace | None, *, is_test: bool = True
) -> dict[tuple[str, str], Decimal]:
    """Debit less credit per account's name and asset, from the balances of the database."""
    async with database.reading() as tx:
        rows = await tx.rows(
            "select * from account where ($1::uuid is null or client_id = $1) and is_test = $2",
            client.client_id if client else None,
            is_test,
        )
    return {
        (account_name(row["client_id"], row["code"], row["kind"]), row["asset"]): -row["posted"]
        / Decimal(10) ** ASSETS[row["asset"]].decimals
        for row in rows
    }


async def test_beancount_loads_all_books_and_finds_every_balance(database: Database, clean: None) -> None:
    one, _ = await fill(database)
    entries = load(await text_of(database, "beancount"))

    asserted = {(e.account, e.amount.currency): e.amount.number for e in entries if isinstance(e, data.Balance)}
    assert asserted == await expected(database, None)
    assert all(e.diff_amount is None and e.tolerance == 0 for e in entries if isinstance(e, data.Balance))
    transactions = [e for e in entries if isinstance(e, data.Transaction)]
    assert len(transactions) == 9
    (odd,) = [e for e in transactions if e.narration and e.narration.startswith("He said")]
    assert odd.narration == 'He said "pay; now" \\ 100%, ok | späť and tab'
    assert odd.payee == "wallet_transfer"
    assert [(str(p.units), p.account.split(":")[0]) for p in odd.postings] == [
        ("2.10 IDR", "Liabilities"),
        ("-2.00 IDR", "Liabilities"),
        ("-0.10 IDR", "Income"),
    ]
    async with database.reading() as tx:
        row = await tx.row("select * from journal where number = 6 and client_id = $1", one.client_id)
    assert row is not None
    assert odd.meta["journal"] == ids.to_text(ids.JOURNAL, row["id"])
    assert odd.meta["operation"] == ids.to_text(ids.OPERATION, row["operation_id"])
    assert (odd.meta["hash"], odd.meta["number"]) == (row["hash"].hex(), "6")


async def test_beancount_loads_one_workspaces_books(database: Database, clean: None) -> None:
    one, two = await fill(database)
    for client, journals in ((one, 9), (two, 4)):
        entries = load(await text_of(database, "beancount", client))
        asserted = {(e.account, e.amount.currency): e.amount.number for e in entries if isinstance(e, data.Balance)}
        assert asserted == await expected(database, client)
        assert sum(isinstance(e, data.Transaction) for e in entries) == journals
        other = two if client is one else one
        name = account_name(other.client_id, other.accounts["a"].code, "liability")
        assert name not in {p.account for e in entries if isinstance(e, data.Transaction) for p in e.postings}
    received = [e for e in entries if isinstance(e, data.Transaction) and "hash" not in e.meta]
    assert len(received) == 3
    assert {p.account for e in received for p in e.postings} == {
        "Equity:Other-workspaces", account_name(two.client_id, two.accounts["a"].code, "liability")
    }  # fmt: skip


async def test_a_wrong_balance_is_found_by_beancount(database: Database, clean: None) -> None:
    one, _ = await fill(database)
    async with database.transaction() as tx:
        await tx.run("update account set posted = posted + 1 where id = $1", one.accounts["e"].id)
    _, errors = read(await text_of(database, "beancount"))
    assert len(errors) == 1


async def test_modes_stay_apart(database: Database, clean: None) -> None:
    await fill(database)
    live = await open_workspace(database, is_test=False, a="IDR")
    await fund(database, live, "a", 123, is_test=False)
    entries = load(await text_of(database, "beancount", is_test=False))
    assert sum(isinstance(e, data.Transaction) for e in entries) == 1
    asserted = {(e.account, e.amount.currency): e.amount.number for e in entries if isinstance(e, data.Balance)}
    assert asserted == await expected(database, None, is_test=False)


@pytest.mark.parametrize("form", ["beancount", "hledger"])
async def test_empty_books_are_valid(database: Database, clean: None, form: Format) -> None:
    text = await text_of(database, form)
    if form == "beancount":
        load(text)
    else:
        assert HledgerJournal(text).transactions == []


@dataclass(slots=True)
class Posted:
    account: str
    amount: Decimal
    commodity: str
    asserted: Decimal | None


@dataclass(slots=True)
class Transaction:
    day: str
    code: str
    description: str
    tags: dict[str, str] = field(default_factory=dict[str, str])
    postings: list[Posted] = field(default_factory=list[Posted])


class HledgerJournal:
    """What of hledger's journal format the export uses, strictly; a line of any other form fails."""

    AMOUNT = r'(-?\d+(?:\.\d+)?) ([A-Za-z]+|"[^";\n]+")'
    COMMODITY = re.compile(r'commodity (\d+\.\d*) ([A-Za-z]+|"[^";\n]+")')
    ACCOUNT = re.compile(r"account (\S+(?: \S+)*)  ; type: ([ALERXCV]), about: ([^,;]*)")
    HEAD = re.compile(r"(\d{4}-\d{2}-\d{2}) \*(?: \(([^()]+)\))? ([^;]*)")
    TAG = re.compile(r"    ; ([a-z]+): ([^,;]*)")
    POSTING = re.compile(rf"    (\S+(?: \S+)*)  {AMOUNT}(?: = {AMOUNT})?")

    def __init__(self, text: str) -> None:
        self.decimals: dict[str, int] = {}
        self.accounts: dict[str, str] = {}
        self.transactions: list[Transaction] = []
        for number, line in enumerate(text.splitlines(), 1):
            assert self._take(line), f"line {number} is not hledger's: {line!r}"
        for transaction in self.transactions:
            self._check(transaction)
        self._check_assertions()

    def _take(self, line: str) -> bool:
        if not line or line.startswith(";") or line == "decimal-mark .":
            return True
        if found := self.COMMODITY.fullmatch(line):
            self.decimals[found[2]] = len(found[1].partition(".")[2])
        elif found := self.ACCOUNT.fullmatch(line):
            assert found[1] not in self.accounts
            self.accounts[found[1]] = found[2]
        elif found := self.HEAD.fullmatch(line):
            self.transactions.append(Transaction(found[1], found[2] or "", found[3]))
        elif found := self.TAG.fullmatch(line):
            assert self.transactions[-1].postings == []
            self.transactions[-1].tags[found[1]] = found[2]
        elif found := self.POSTING.fullmatch(line):
            amount, commodity, asserted, of = found[2], found[3], found[4], found[5]
            assert of in (None, commodity)
            assert len(amount.partition(".")[2]) == self.decimals[commodity]
            posted = Posted(found[1], Decimal(amount), commodity, None if asserted is None else Decimal(asserted))
            self.transactions[-1].postings.append(posted)
        else:
            return False
        return True

    def _check(self, transaction: Transaction) -> None:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        assert transaction.postings
        for posted in transaction.postings:
            assert posted.account in self.accounts, "hledger check accounts"
            sums[posted.commodity] += posted.amount
        assert set(sums.values()) == {Decimal(0)}

    def _check_assertions(self) -> None:
        """Assertions hold by date, and within a day in the order of the file."""
        balances: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for transaction in sorted(self.transactions, key=lambda t: t.day):
            for posted in transaction.postings:
                key = (posted.account, posted.commodity)
                balances[key] += posted.amount
                assert posted.asserted in (None, balances[key]), key

    def asserted(self) -> dict[tuple[str, str], Decimal]:
        return {
            (p.account, p.commodity.strip('"')): p.asserted
            for t in self.transactions
            for p in t.postings
            if p.asserted is not None
        }


async def test_hledger_reads_all_books_and_finds_every_balance(database: Database, clean: None) -> None:
    await fill(database)
    journal = HledgerJournal(await text_of(database, "hledger"))
    assert journal.asserted() == await expected(database, None)
    assert len(journal.transactions) == 9 + 1
    assert {journal.accounts[p.account] for t in journal.transactions for p in t.postings} == {"L", "E", "R"}
    (odd,) = [t for t in journal.transactions if "He said" in t.description]
    assert odd.description == 'wallet_transfer | He said "pay· now" \\ 100%· ok / späť and tab'
    assert (odd.code, odd.tags["number"], len(odd.tags["hash"])) == (odd.tags["journal"], "6", 64)


async def test_hledger_reads_one_workspaces_books(database: Database, clean: None) -> None:
    for client in await fill(database):
        journal = HledgerJournal(await text_of(database, "hledger", client))
        assert journal.asserted() == await expected(database, client)


def test_names_of_accounts_are_valid_and_differ() -> None:
    client = ids.new_id()
    codes = ["wallet/a_b", "wallet/a-b", "wallet/A_b", "Wallet/a_b", "wallet/a/b", "wallet/é", "wallet/è", "/", "", "_"]
    codes += ["fx/position", "9/1", "a__b", "a_b_", "chain/USDT.POLYGON/vault"]
    names = {account_name(owner, code, "liability") for owner in (client, HOUSE) for code in codes}
    assert len(names) == 2 * len(codes)
    assert all(re.fullmatch(r"Liabilities(:[A-Z0-9][A-Za-z0-9-]*)+", name) for name in names), names
    assert account_name(HOUSE, "revenue/fee/wallet_transfer", "income") == "Income:House:Revenue:Fee:Wallet-transfer"
