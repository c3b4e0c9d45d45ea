"""The books as text for Beancount and hledger, streamed: debits positive, as both read them.

Sources: Beancount's language syntax (account components begin with a capital or a digit; commodities are capitals,
digits and `'._-`), hledger's journal format (two spaces before an amount; commodities with digits or signs in quotes).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Protocol, TypeAlias
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.context import mode_name
from findigi.kernel.db import Database, Row, Tx
from findigi.kernel.money import ASSETS
from findigi.modules.ledger.model import HOUSE
from findigi.modules.ledger.store import audit as store

Format: TypeAlias = Literal["beancount", "hledger"]
ROOTS: Final = {
    "liability": "Liabilities",
    "asset": "Assets",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
OUTSIDE: Final = "Equity:Other-workspaces"
"""Where the other end of a payment stands when one workspace's books are exported alone."""
OPENED: Final = date(1970, 1, 1)
_PLAIN_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*(?:/[a-z0-9]+(?:_[a-z0-9]+)*)*")
_HLEDGER_TYPES: Final = {"Liabilities": "L", "Assets": "A", "Equity": "E", "Income": "R", "Expenses": "X"}


class Out(Protocol):
    """What the text is written to."""

    def write(self, text: str, /) -> object:
        """Takes the next piece."""
        ...


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a transaction: `units` are debit less credit, in the asset's smallest unit."""

    account: str
    asset: str
    units: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction: `metadata` are names and plain one-line values."""

    day: date
    kind: str
    description: str
    metadata: tuple[tuple[str, str], ...]
    legs: tuple[Leg, ...]


@dataclass(slots=True)
class Exported:
    """How much was written."""

    accounts: int = 0
    journals: int = 0


async def export(
    database: Database, out: Out, *, form: Format, is_test: bool, client_id: UUID | None = None
) -> Exported:
    """Writes one mode's books, of one workspace or of all, with its balances asserted at the end.

    A workspace's own books hold its chain and what came to it from others; what belongs to other workspaces stands
    in one account. Constant memory: rows are read as they are written.
    """
    written = Exported()
    syntax: type[Beancount | Hledger] = Beancount if form == "beancount" else Hledger
    async with database.transaction() as tx:
        await store.take_snapshot(tx)
        scope = "all workspaces" if client_id is None else ids.to_text(ids.CLIENT, client_id)
        out.write(syntax.head(f"finDIGI {scope}, {mode_name(is_test)} mode"))
        out.write("".join(syntax.commodity(asset) for asset in ASSETS) + "\n")
        async for owner in _owners(client_id):
            async for row in store.codes(tx, owner, is_test):
                name = account_name(row["client_id"], row["code"], row["kind"])
                out.write(syntax.open(name, row["assets"], f"{row['code']} {row['name']}"))
                written.accounts += 1
        out.write(syntax.open(OUTSIDE, [], "accounts of other workspaces") if client_id is not None else "")
        last = OPENED
        async for row in _journals(tx, client_id, is_test):
            entry = _entry(row, client_id)
            last = max(last, entry.day)
            out.write(syntax.entry(entry))
            written.journals += 1
        out.write(syntax.before_balances(last + timedelta(days=1)) if written.accounts else "")
        async for row in store.codes(tx, client_id, is_test):
            name = account_name(row["client_id"], row["code"], row["kind"])
            for asset, posted in zip(row["assets"], row["balances"], strict=True):
                out.write(syntax.balance(last + timedelta(days=1), Leg(name, asset, -int(posted))))
    return written


async def _owners(client_id: UUID | None) -> AsyncIterator[UUID | None]:
    """Whose accounts are opened: everybody's, or the workspace's and ours, which its fees go to."""
    yield client_id
    if client_id is not None:
        yield HOUSE


async def _journals(tx: Tx, client_id: UUID | None, is_test: bool) -> AsyncIterator[Row]:
    async for row in store.journals(tx, client_id, is_test):
        yield row
    if client_id is not None:
        async for row in store.journals_from_outside(tx, client_id, is_test):
            yield row


def account_name(client_id: UUID, code: str, kind: str) -> str:
    """An account's name, valid in both formats and different for each (workspace, code, kind).

    A code of small letters, digits and single underscores is kept readable; any other is followed by its hash.
    """
    owner = "House" if client_id == HOUSE else _component(ids.to_text(ids.CLIENT, client_id))
    parts = [_component(part) for part in code.split("/")]
    if not _PLAIN_CODE.fullmatch(code):
        parts.append("X" + hashlib.sha256(code.encode()).hexdigest()[:16])
    return ":".join([ROOTS[kind], owner, *parts])


def _component(text: str) -> str:
    clean = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "X"
    return clean[0].upper() + clean[1:]


def _entry(row: Row, client_id: UUID | None) -> Entry:
    own_chain = client_id is None or row["client_id"] == client_id
    legs = tuple(_legs(row, client_id) if own_chain else _legs_from_outside(row, client_id))
    metadata = [
        ("journal", ids.to_text(ids.JOURNAL, row["id"])),
        ("workspace", ids.to_text(ids.CLIENT, row["client_id"])),
        ("time", to_text(row["created_at"])),
    ]
    if own_chain:
        metadata += [("number", str(row["number"])), ("hash", row["hash"].hex())]
        if row["operation_id"] is not None:
            metadata.append(("operation", ids.to_text(ids.OPERATION, row["operation_id"])))
    if row["reverses_id"] is not None:
        metadata.append(("reverses", ids.to_text(ids.JOURNAL, row["reverses_id"])))
    return Entry(row["created_at"].date(), row["kind"], row["description"], tuple(metadata), legs)


def _legs(row: Row, client_id: UUID | None) -> Iterator[Leg]:
    for owner, code, kind, asset, amount in _lines(row):
        shown = client_id is None or owner in (client_id, HOUSE)
        yield Leg(account_name(owner, code, kind) if shown else OUTSIDE, asset, -int(amount))


def _legs_from_outside(row: Row, client_id: UUID | None) -> Iterator[Leg]:
    """The workspace's own lines against one per asset: the rest is the other workspace's affair."""
    sums: dict[str, int] = {}
    for owner, code, kind, asset, amount in _lines(row):
        if owner == client_id:
            sums[asset] = sums.get(asset, 0) + int(amount)
            yield Leg(account_name(owner, code, kind), asset, -int(amount))
    for asset, amount in sums.items():
        if amount:
            yield Leg(OUTSIDE, asset, amount)


def _lines(row: Row) -> Iterator[tuple[UUID, str, str, str, str]]:
    return zip(row["owners"], row["codes"], row["kinds"], row["assets"], row["amounts"], strict=True)


def _decimal(units: int, asset: str) -> str:
    """All decimals of the asset, `-1.50`: both programs take a commodity's precision from its amounts."""
    decimals = ASSETS[asset].decimals
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits}" if decimals == 0 else f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class Beancount:
    """Beancount 3."""

    @staticmethod
    def head(title: str) -> str:
        """What the file begins with."""
        return f'option "title" {_quoted(title)}\n\n'

    @staticmethod
    def commodity(asset: str) -> str:
        """An asset."""
        return f"{OPENED} commodity {asset}\n  name: {_quoted(ASSETS[asset].name)}\n"

    @staticmethod
    def open(account: str, assets: list[str], about: str) -> str:
        """An account and what it may hold (anything without `assets`)."""
        return f"{OPENED} open {account} {','.join(assets)}".rstrip() + f"\n  about: {_quoted(about)}\n"

    @staticmethod
    def entry(entry: Entry) -> str:
        """A transaction."""
        lines = [f"\n{entry.day} * {_quoted(entry.kind)} {_quoted(entry.description)}\n"]
        lines += [f"  {name}: {_quoted(value)}\n" for name, value in entry.metadata]
        lines += [f"  {leg.account}  {_decimal(leg.units, leg.asset)} {leg.asset}\n" for leg in entry.legs]
        return "".join(lines)

    @staticmethod
    def before_balances(_day: date) -> str:
        """What stands above the balances."""
        return "\n"

    @staticmethod
    def balance(day: date, leg: Leg) -> str:
        """The account's balance at the beginning of the day, to the last unit."""
        return f"{day} balance {leg.account}  {_decimal(leg.units, leg.asset)} ~ 0 {leg.asset}\n"


def _quoted(text: str) -> str:
    escaped = _one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Hledger:
    """hledger 1.x."""

    @staticmethod
    def head(title: str) -> str:
        """What the file begins with."""
        return f"; {_comment(title)}\n\ndecimal-mark .\n\n"

    @staticmethod
    def commodity(asset: str) -> str:
        """An asset; the amount shows its decimals, and always has its point."""
        example = _decimal(10 ** (ASSETS[asset].decimals + 3), asset)
        return f"commodity {example}{'' if '.' in example else '.'} {_symbol(asset)}\n"

    @staticmethod
    def open(account: str, assets: list[str], about: str) -> str:  # noqa: ARG004 -- hledger's accounts hold anything
        """An account."""
        return f"account {account}  ; type: {_HLEDGER_TYPES[account.partition(':')[0]]}, about: {_comment(about)}\n"

    @staticmethod
    def entry(entry: Entry) -> str:
        """A transaction, its journal id as the code."""
        metadata = dict(entry.metadata)
        text = _comment(entry.description).replace("|", "/")
        about = f"{_comment(entry.kind)} | {text}".rstrip(" |")
        lines = [f"\n{entry.day} * ({metadata['journal']}) {about}\n"]
        lines += [f"    ; {name}: {_comment(value)}\n" for name, value in entry.metadata]
        lines += [f"    {leg.account}  {_decimal(leg.units, leg.asset)} {_symbol(leg.asset)}\n" for leg in entry.legs]
        return "".join(lines)

    @staticmethod
    def before_balances(day: date) -> str:
        """The transaction whose lines assert the balances."""
        return f"\n{day} * balances\n"

    @staticmethod
    def balance(_day: date, leg: Leg) -> str:
        """A line that moves nothing and asserts the account's balance in that asset."""
        symbol = _symbol(leg.asset)
        return f"    {leg.account}  {_decimal(0, leg.asset)} {symbol} = {_decimal(leg.units, leg.asset)} {symbol}\n"


def _symbol(asset: str) -> str:
    return asset if asset.isalpha() else f'"{asset}"'


def _comment(text: str) -> str:
    """One line without what would begin a comment or end a tag's value."""
    return _one_line(text).replace(";", "·").replace(",", "·")
