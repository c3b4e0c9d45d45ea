"""The ledger's rules as pure functions: locked balances and postings in order in, balances and entries out.

An entry's amount is credit minus debit in the smallest unit of the account's asset, so what comes to a customer is
positive on the customer's account, and every journal sums to zero per asset.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from findigi.kernel.errors import NotFound, Problem, Refusal
from findigi.kernel.money import ASSETS, format_units
from findigi.modules.ledger.errors import (
    AccountClosed,
    BalanceTooLarge,
    HoldClosed,
    InsufficientFunds,
    UnbalancedJournal,
)

HOUSE: Final = UUID(int=0)
"""The workspace of our own accounts (fees, positions, rails)."""
GENESIS: Final = bytes(32)
"""What the first journal of a chain takes for the hash before it."""
LARGEST_BALANCE: Final = 10**37
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

AccountKey: TypeAlias = tuple[UUID, UUID]
"""(client_id, account id)"""
ChainKey: TypeAlias = tuple[UUID, bool]
"""(client_id, is_test)"""


class Side(StrEnum):
    """Which sign an account's balance may have."""

    CREDIT = "credit"
    DEBIT = "debit"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its balance: `posted` is the sum of its entries, `held` of its open holds."""

    client_id: UUID
    id: UUID
    is_test: bool
    code: str
    kind: str
    asset: str
    name: str
    side: Side
    status: str
    posted: int
    held: int
    entry_count: int

    @property
    def available(self) -> int:
        """What may leave the account now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be: `amount` is credit minus debit, never zero."""

    client_id: UUID
    account_id: UUID
    amount: int

    @property
    def account(self) -> AccountKey:
        """The account's key."""
        return (self.client_id, self.account_id)


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside on one account for one operation."""

    client_id: UUID
    id: UUID
    account_id: UUID
    operation_id: UUID
    amount: int
    status: str = "open"

    @property
    def account(self) -> AccountKey:
        """The account's key."""
        return (self.client_id, self.account_id)


@dataclass(frozen=True, slots=True)
class Take:
    """Ends an open hold: `captured` of it is paid by the posting's lines, the rest is released."""

    client_id: UUID
    account_id: UUID
    hold_id: UUID
    captured: int = 0


@dataclass(frozen=True, slots=True)
class Posting:
    """One request to the ledger: a journal, holds to place, holds to end; all of it or nothing."""

    client_id: UUID
    is_test: bool
    journal_id: UUID
    operation_id: UUID | None
    kind: str
    description: str
    at: datetime
    lines: tuple[Line, ...] = ()
    place: tuple[Hold, ...] = ()
    take: tuple[Take, ...] = ()
    reverses_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as written: `number` counts the account's entries, `balance_after` is its posted balance then."""

    client_id: UUID
    account_id: UUID
    number: int
    amount: int
    balance_after: int
    asset: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as written, with its place in the chain."""

    posting: Posting
    number: int
    hash: bytes
    entries: tuple[Entry, ...]


Outcome: TypeAlias = Journal | Refusal
"""What became of a posting. A posting without lines gives a Journal with number 0 and no entries."""


@dataclass(slots=True)
class Balance:
    """An account while a batch is being decided."""

    asset: str
    side: Side
    status: str
    is_test: bool
    posted: int
    held: int
    entry_count: int
    changed: bool = False


@dataclass(slots=True)
class Head:
    """The end of a chain while a batch is being decided."""

    count: int = 0
    hash: bytes = GENESIS


@dataclass(slots=True)
class Book:
    """The locked rows that a batch touches. `decide` moves it forward in place and touches nothing else."""

    balances: dict[AccountKey, Balance] = field(default_factory=dict[AccountKey, Balance])
    heads: dict[ChainKey, Head] = field(default_factory=dict[ChainKey, Head])
    holds: dict[AccountKey, Hold] = field(default_factory=dict[AccountKey, Hold])


def decide(book: Book, postings: Iterable[Posting]) -> list[Outcome]:
    """Applies the postings in order. A refused one leaves the book as it was and never fails its neighbours."""
    return [_decide_one(book, posting) for posting in postings]


def _decide_one(book: Book, posting: Posting) -> Outcome:
    changes: dict[AccountKey, list[int]] = {}  # account -> [posted, held]
    refusal = _gather(book, posting, changes) or _check(book, posting, changes)
    if refusal is not None:
        return refusal
    for key, (_, held) in changes.items():
        balance = book.balances[key]
        balance.held += held
        balance.changed = True
    for take in posting.take:
        del book.holds[take.client_id, take.hold_id]
    for hold in posting.place:
        book.holds[hold.client_id, hold.id] = hold
    if not posting.lines:
        return Journal(posting, 0, b"", ())
    return _write(book, posting)


def _gather(book: Book, posting: Posting, changes: dict[AccountKey, list[int]]) -> Refusal | None:
    for line in posting.lines:
        changes.setdefault(line.account, [0, 0])[0] += line.amount
    for hold in posting.place:
        changes.setdefault(hold.account, [0, 0])[1] += hold.amount
    for take in posting.take:
        hold = book.holds.get((take.client_id, take.hold_id))
        if hold is None or hold.status != "open" or take.captured > hold.amount:
            return HoldClosed()
        changes.setdefault(hold.account, [0, 0])[1] -= hold.amount
    return None


def _check(book: Book, posting: Posting, changes: Mapping[AccountKey, Sequence[int]]) -> Refusal | None:
    sums: dict[str, int] = {}
    for key, (posted, held) in changes.items():
        balance = book.balances.get(key)
        if balance is None or balance.is_test != posting.is_test:
            return NotFound()
        if balance.status != "open" and _adds_to(posting, key):
            return AccountClosed()
        sums[balance.asset] = sums.get(balance.asset, 0) + posted
        refusal = _check_balance(balance, posted, held)
        if refusal is not None:
            return refusal
    for asset, rest in sums.items():
        if rest:
            return unbalanced(asset, rest)
    return None


def _adds_to(posting: Posting, key: AccountKey) -> bool:
    """Whether anything new would stand on the account, also what cancels itself; a hold may always end."""
    return any(line.account == key for line in posting.lines) or any(hold.account == key for hold in posting.place)


def _check_balance(balance: Balance, posted: int, held: int) -> Refusal | None:
    after, kept = balance.posted + posted, balance.held + held
    if abs(after) > LARGEST_BALANCE:
        return BalanceTooLarge()
    # Money that comes in is never refused for the balance, only what leaves or is set aside.
    if balance.side is Side.CREDIT and after - kept < 0 and (posted < 0 or held > 0):
        return _insufficient(balance, posted - held)
    if balance.side is Side.DEBIT and after + kept > 0 and (posted > 0 or held > 0):
        return _insufficient(balance, -posted - held)
    return None


def _insufficient(balance: Balance, change: int) -> InsufficientFunds:
    asset = ASSETS[balance.asset]
    have = format_units(abs(balance.posted) - balance.held, asset)
    need = format_units(-change, asset)
    message = f"{need} {asset.code} are needed and {have} {asset.code} are available."
    return InsufficientFunds(message, details=(Problem("amount", "INSUFFICIENT_FUNDS", message),))


def unbalanced(asset: str, rest: int) -> UnbalancedJournal:
    """The refusal of entries that are off by `rest` smallest units of that asset."""
    message = f"The entries in {asset} are off by {format_units(rest, ASSETS[asset])}; they must sum to zero."
    return UnbalancedJournal(message, details=(Problem("entries", "UNBALANCED", message),))


def _write(book: Book, posting: Posting) -> Journal:
    entries: list[Entry] = []
    for line in posting.lines:
        balance = book.balances[line.account]
        balance.posted += line.amount
        balance.entry_count += 1
        entries.append(
            Entry(line.client_id, line.account_id, balance.entry_count, line.amount, balance.posted, balance.asset)
        )
    head = book.heads[posting.client_id, posting.is_test]
    head.count += 1
    head.hash = chain_hash(head.hash, posting, head.count, entries)
    return Journal(posting, head.count, head.hash, tuple(entries))


def chain_hash(before: bytes, posting: Posting, number: int, entries: Sequence[Entry]) -> bytes:
    """SHA-256 over the hash before and everything that the journal says, in a form with one reading.

    Fields have fixed lengths or carry theirs; numbers are big-endian; the time is in microseconds since 1970.
    """
    micros = (posting.at - _EPOCH) // timedelta(microseconds=1)
    parts = [
        before,
        posting.client_id.bytes,
        b"\1" if posting.is_test else b"\0",
        number.to_bytes(8, "big"),
        posting.journal_id.bytes,
        posting.operation_id.bytes if posting.operation_id else bytes(16),
        posting.reverses_id.bytes if posting.reverses_id else bytes(16),
        micros.to_bytes(8, "big"),
        _sized(posting.kind),
        _sized(posting.description),
        len(entries).to_bytes(2, "big"),
    ]
    for entry in entries:
        parts += (
            entry.client_id.bytes,
            entry.account_id.bytes,
            _sized(entry.asset),
            entry.amount.to_bytes(16, "big", signed=True),
        )
    return hashlib.sha256(b"".join(parts)).digest()


def _sized(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw
