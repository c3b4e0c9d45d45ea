"""Proving the books: every balance, every journal and every chain, recomputed from the rows.

Two passes over one snapshot in constant memory. The first goes along the accounts, so that a changed entry is named
itself and not only the journal that it belongs to; the second along the chains.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from findigi.kernel.context import mode_name
from findigi.kernel.db import Database, Row, Tx
from findigi.modules.ledger.model import GENESIS, AccountKey, ChainKey, Entry, Posting, chain_hash
from findigi.modules.ledger.store import audit as store

T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first row that is not as it must be: its table, its key, and what was expected and found of it."""

    table: str
    key: dict[str, object]
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        key = ", ".join(f"{name}={value}" for name, value in self.key.items())
        return f"{self.table} ({key}): {self.what}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Report:
    """What was looked at, and the first wrong row (None when all is right).

    `heads` are the ends of the chains by (client_id, is_test), as (number of journals, hash), when one workspace was
    asked for: who keeps them can tell later that the past was not rewritten as a whole.
    """

    accounts: int = 0
    entries: int = 0
    holds: int = 0
    chains: int = 0
    journals: int = 0
    heads: dict[ChainKey, tuple[int, bytes]] = field(default_factory=dict[ChainKey, tuple[int, bytes]])
    wrong: Wrong | None = None

    def summary(self) -> str:
        """One line with all counts."""
        return (
            f"{self.journals} journals in {self.chains} chains, {self.entries} entries on {self.accounts} accounts, "
            f"{self.holds} open holds"
        )


class _Found(Exception):
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(str(wrong))
        self.wrong = wrong


async def verify_all(database: Database, *, client_id: UUID | None = None) -> Report:
    """Checks the books of one workspace or of all, and stops at the first wrong row.

    With all workspaces also that each asset's accounts sum to zero in each mode; one workspace's alone need not.
    """
    report = Report()
    async with database.transaction() as tx:
        await store.take_snapshot(tx)
        try:
            await _check_accounts(tx, client_id, report)
            await _check_chains(tx, client_id, report)
        except _Found as found:
            report.wrong = found.wrong
    return report


class _Ahead(Generic[T]):
    """A stream whose next row can be looked at before it is taken."""

    def __init__(self, rows: AsyncIterator[T]) -> None:
        self._rows = rows
        self.next: T | None = None

    async def take(self) -> T | None:
        """The row that was next; the one after it is next now."""
        taken, self.next = self.next, await anext(self._rows, None)
        return taken


async def _ahead(rows: AsyncIterator[Row]) -> _Ahead[Row]:
    stream = _Ahead(rows)
    await stream.take()
    return stream


async def _check_accounts(tx: Tx, client_id: UUID | None, report: Report) -> None:
    entries = await _ahead(store.entries(tx, client_id))
    holds = await _ahead(store.open_holds(tx, client_id))
    sums: dict[tuple[str, bool], int] = {}
    async for account in store.accounts(tx, client_id):
        key = (account["client_id"], account["id"])
        _no_row_before(entries.next, key, "entry")
        _no_row_before(holds.next, key, "hold")
        number, posted = 0, 0
        while entries.next is not None and _account_of(entries.next) == key:
            entry = await entries.take()
            number, posted = number + 1, _check_entry(_given(entry), account, number + 1, posted)
        held = 0
        if holds.next is not None and _account_of(holds.next) == key:
            hold = _given(await holds.take())
            held = int(hold["amount"])
            report.holds += hold["count"]
        _check_account(account, number, posted, held)
        report.accounts += 1
        report.entries += number
        sums[account["asset"], account["is_test"]] = sums.get((account["asset"], account["is_test"]), 0) + posted
    _no_row_before(entries.next, None, "entry")
    _no_row_before(holds.next, None, "hold")
    if client_id is None:
        for (asset, is_test), total in sums.items():
            name: dict[str, object] = {"asset": asset, "mode": mode_name(is_test)}
            _same("account", name, "sum of all accounts of the asset", 0, total)


def _no_row_before(row: Row | None, key: AccountKey | None, table: str) -> None:
    """Rows come in the order of the accounts, so one before `key` is of an account that does not exist."""
    if row is not None and (key is None or _account_of(row) < key):
        name = {"client_id": row["client_id"], "account_id": row["account_id"]}
        if table == "entry":
            name["number"] = row["number"]
        raise _Found(Wrong(table, name, "account", "one that exists", "none"))


def _account_of(row: Row) -> AccountKey:
    return (row["client_id"], row["account_id"])


def _given(row: Row | None) -> Row:
    if row is None:
        raise RuntimeError("a row that was seen is gone")
    return row


def _check_entry(entry: Row, account: Row, number: int, before: int) -> int:
    """The balance after the entry."""
    key = _entry_key(entry["client_id"], entry["account_id"], entry["number"])
    _same("entry", key, "number (the account's entries count from 1 without gaps)", number, entry["number"])
    _same("entry", key, "asset (its account's)", account["asset"], entry["asset"])
    _same("entry", key, "is_test (its account's)", account["is_test"], entry["is_test"])
    journal = f"one with id {entry['journal_id']}"
    _same("entry", key, "journal", journal, journal if entry["has_journal"] else "none")
    after = before + int(entry["amount"])
    what = f"balance_after ({before} before and an amount of {int(entry['amount'])})"
    _same("entry", key, what, after, int(entry["balance_after"]))
    return after


def _entry_key(client_id: UUID, account_id: UUID, number: int) -> dict[str, object]:
    return {"client_id": client_id, "account_id": account_id, "number": number}


def _check_account(account: Row, entry_count: int, posted: int, held: int) -> None:
    key: dict[str, object] = {"client_id": account["client_id"], "id": account["id"]}
    _same("account", key, "entry_count (its entries)", entry_count, account["entry_count"])
    _same("account", key, "posted (sum of its entries)", posted, int(account["posted"]))
    _same("account", key, "held (sum of its open holds)", held, int(account["held"]))


async def _check_chains(tx: Tx, client_id: UUID | None, report: Report) -> None:
    journals = await _ahead(store.journals(tx, client_id))
    async for head in store.heads(tx, client_id):
        key: ChainKey = (head["client_id"], head["is_test"])
        _no_journal_before(journals.next, key)
        number, hash_before = 0, GENESIS
        while journals.next is not None and _chain_of(journals.next) == key:
            journal = _given(await journals.take())
            number += 1
            hash_before = _check_journal(journal, number, hash_before)
        _same("chain", _chain_key(key), "journal_count (its journals)", number, head["journal_count"])
        _same("chain", _chain_key(key), "hash (its last journal's)", hash_before.hex(), head["hash"].hex())
        report.chains += 1
        report.journals += number
        if client_id is not None:
            report.heads[key] = (number, hash_before)
    _no_journal_before(journals.next, None)


def _no_journal_before(journal: Row | None, key: ChainKey | None) -> None:
    if journal is not None and (key is None or _chain_of(journal) < key):
        raise _Found(Wrong("chain", _chain_key(_chain_of(journal)), "row", "one, since it has journals", "none"))


def _chain_of(row: Row) -> ChainKey:
    return (row["client_id"], row["is_test"])


def _chain_key(key: ChainKey) -> dict[str, object]:
    return {"client_id": key[0], "is_test": key[1]}


def _check_journal(row: Row, number: int, hash_before: bytes) -> bytes:
    """The journal's hash."""
    key = {"client_id": row["client_id"], "is_test": row["is_test"], "number": row["number"], "id": row["id"]}
    _same("journal", key, "number (a chain counts from 1 without gaps)", number, row["number"])
    entries: Sequence[UUID] = row["owners"] or ()
    if not entries:
        raise _Found(Wrong("journal", key, "entries", "some", "none"))
    _check_places(row)
    sums: dict[str, int] = {}
    for asset, amount in _columns(row, "assets", "amounts"):
        sums[asset] = sums.get(asset, 0) + int(amount)
    for asset, rest in sums.items():
        _same("journal", key, f"sum of its entries in {asset}", 0, rest)
    others = {owner for owner in entries if owner != row["client_id"]}
    _same("journal", key, "other_client_ids", _listed(others), _listed(set(row["other_client_ids"])))
    if row["created_at"] < EPOCH:  # no journal can be posted there: the hash counts from it
        raise _Found(Wrong("journal", key, "created_at", f"{EPOCH} or later", str(row["created_at"])))
    expected = chain_hash(hash_before, _posting(row), number, _entries(row))
    _same("journal", key, "hash (of the journal before it and of what it says)", expected.hex(), row["hash"].hex())
    return expected


def _check_places(row: Row) -> None:
    """That each entry stands where and when its journal does. One outside the range is at fault, not its neighbours."""
    positions: Sequence[int] = row["positions"]
    strays = [place for place, position in enumerate(positions) if position not in range(len(positions))]
    keys = [_entry_key(*key) for key in _columns(row, "owners", "accounts", "numbers")]
    for place in strays or range(len(positions)):
        free = next((number for number in range(len(positions)) if number not in positions), place)
        expected = free if strays else place
        _same("entry", keys[place], "position (places within the journal)", expected, positions[place])
        _same("entry", keys[place], "is_test (its journal's)", row["is_test"], row["modes"][place])
        _same("entry", keys[place], "created_at (its journal's)", row["created_at"], row["times"][place])


def _listed(owners: set[UUID]) -> str:
    return ", ".join(sorted(map(str, owners))) or "none"


def _posting(row: Row) -> Posting:
    return Posting(
        client_id=row["client_id"],
        is_test=row["is_test"],
        journal_id=row["id"],
        operation_id=row["operation_id"],
        kind=row["kind"],
        description=row["description"],
        at=row["created_at"],
        reverses_id=row["reverses_id"],
    )


def _entries(row: Row) -> list[Entry]:
    return [
        Entry(client_id, account_id, number, int(amount), int(balance), asset)
        for client_id, account_id, number, amount, balance, asset in _columns(
            row, "owners", "accounts", "numbers", "amounts", "balances", "assets"
        )
    ]


def _columns(row: Row, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(row[name] for name in names), strict=True)


def _same(table: str, key: dict[str, object], what: str, expected: object, found: object) -> None:
    if expected != found:
        raise _Found(Wrong(table, key, what, str(expected), str(found)))
