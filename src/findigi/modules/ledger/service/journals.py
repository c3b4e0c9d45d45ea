"""Reading journals as a workspace may see them, keeping drafts, and reversing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.db import Row, Tx
from findigi.kernel.errors import NotFound, ValidationFailed
from findigi.kernel.money import ASSETS, parse_amount
from findigi.kernel.paging import Page, decode_cursor, encode_cursor
from findigi.modules.ledger.errors import AccountClosed, AlreadyReversed, DraftPosted
from findigi.modules.ledger.model import GENESIS, HOUSE, Account, Journal, Line, Posting, unbalanced
from findigi.modules.ledger.service.accounts import read_accounts
from findigi.modules.ledger.service.posting import post_one
from findigi.modules.ledger.store import journals as store
from findigi.modules.ledger.store.journals import Filter

MANUAL = "manual_journal"
OTHER_WORKSPACE = "other workspace"
Status: TypeAlias = Literal["posted", "draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A journal that a person wrote and that is not posted yet, or was (`status`); it keeps its id then."""

    id: UUID
    client_id: UUID
    is_test: bool
    description: str
    status: Status
    lines: tuple[Line, ...]
    operation_id: UUID | None
    created_by: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a workspace sees it: `amount` is credit less debit in smallest units; a stranger's has no id."""

    account_id: UUID | None
    code: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where a journal stands in its workspace's chain, and the two hashes that tie it in."""

    number: int
    hash: bytes
    previous_hash: bytes


@dataclass(frozen=True, slots=True)
class JournalView:
    """A journal as a workspace sees it. `chain` is None for drafts and for journals of another workspace's chain."""

    id: UUID
    status: Status
    kind: str
    description: str
    operation_id: UUID | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    entries: tuple[EntryView, ...]
    chain: ChainPlace | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """One entry as asked for: `amount` is a decimal string in major units of the account's asset."""

    account_id: str
    amount: str
    side: Literal["credit", "debit"]


async def list_journals(
    ctx: Ctx, where: Filter, *, status: Status | None, limit: int, cursor: str | None
) -> Page[JournalView]:
    """Drafts that wait first, then posted journals, each newest first. An account of somebody else is 404."""
    key: str | None = None
    part: str = "draft" if status != "posted" else "posted"
    if cursor is not None:
        part, key = (str(text) for text in decode_cursor(cursor, str, str))
        if part not in ((status,) if status is not None else ("draft", "posted")):
            raise _bad_cursor()
    async with ctx.reading() as tx:
        if where.account_id is not None:
            await _own_account(tx, where, where.account_id)
        found: list[tuple[str, Row]] = []
        if part == "draft":
            rows = await store.drafts(tx, where, before=_uuid_key(key), limit=limit + 1)
            found = [(_key("draft", row["id"].hex), row) for row in rows]
            key = None
        if len(found) <= limit and status != "draft":
            found += await _posted(tx, where, key, limit + 1 - len(found))
        shown = found[:limit]
        views = await _views(tx, where.client_id, [row for _, row in shown])
    return Page(views, shown[-1][0] if len(found) > limit else None)


async def read_journal(ctx: Ctx, *, journal_id: UUID) -> JournalView:
    """A posted journal or a draft that the workspace sees in this mode; refuses with 404."""
    async with ctx.reading() as tx:
        row = await store.find(tx, client_id=ctx.client, is_test=ctx.is_test, journal_id=journal_id)
        row = row or await store.draft(
            tx, client_id=ctx.client, is_test=ctx.is_test, journal_id=journal_id, for_update=False
        )
        if row is None:
            raise NotFound(f"There is no journal with the id {ids.to_text(ids.JOURNAL, journal_id)!r} in this mode.")
        (view,) = await _views(tx, ctx.client, [row])
    return view


async def create_draft(ctx: Ctx, *, description: str, entries: Sequence[DraftEntry]) -> JournalView:
    """Keeps a balanced draft on the workspace's own wallet accounts. Nothing moves until it is posted.

    Refuses accounts that are not the workspace's (404), closed (409) or no wallet accounts (400), and entries that do
    not sum to zero per asset (422).
    """
    journal_id = ids.new_id()
    account_ids = [ids.parse(ids.ACCOUNT, entry.account_id, "account") for entry in entries]
    async with ctx.transaction() as tx:
        accounts = await read_accounts(tx, [(ctx.client, account_id) for account_id in dict.fromkeys(account_ids)])
        units: list[list[str]] = []
        rests: dict[str, int] = {}
        for number, (entry, account_id) in enumerate(zip(entries, account_ids, strict=True)):
            account = accounts.get((ctx.client, account_id))
            asset = _usable(account, ctx.is_test, entry, number).asset
            amount = parse_amount(entry.amount, ASSETS[asset], f"entries.{number}.amount")
            signed = amount if entry.side == "credit" else -amount
            rests[asset] = rests.get(asset, 0) + signed
            units.append([str(account_id), str(signed)])
        for asset, rest in rests.items():
            if rest:
                raise unbalanced(asset, rest)
        await store.insert_draft(
            tx,
            client_id=ctx.client,
            is_test=ctx.is_test,
            journal_id=journal_id,
            description=description,
            entries=units,
            created_by=ctx.user,
            now=ctx.now,
        )
        return await read_journal(ctx.within(tx), journal_id=journal_id)


async def read_draft(
    tx: Tx, *, client_id: UUID, is_test: bool, journal_id: UUID, for_update: bool = False
) -> Draft | None:
    """The draft with that id, posted or not; with `for_update` nobody else posts it before the transaction ends."""
    row = await store.draft(tx, client_id=client_id, is_test=is_test, journal_id=journal_id, for_update=for_update)
    return None if row is None else _draft(row)


async def mark_draft_posted(tx: Tx, *, client_id: UUID, is_test: bool, journal_id: UUID, operation_id: UUID) -> None:
    """Says that the journal with the draft's id was posted, in the same transaction; at most once (DraftPosted)."""
    if not await store.mark_posted(
        tx, client_id=client_id, is_test=is_test, journal_id=journal_id, operation_id=operation_id
    ):
        raise DraftPosted


async def reverse(
    tx: Tx,
    *,
    client_id: UUID,
    journal_id: UUID,
    at: datetime,
    kind: str,
    description: str,
    operation_id: UUID | None,
) -> Journal:
    """Posts the mirror image of a journal of this workspace's chain, in the caller's transaction and at most once.

    Refuses a second reversal and the reversal of a reversal (AlreadyReversed), an unknown journal (NotFound), and what
    any posting refuses: the money may have left the account (InsufficientFunds), or the account is closed.
    """
    is_test = await store.lock_chain_of(tx, client_id=client_id, journal_id=journal_id)
    if is_test is None:
        raise NotFound(f"There is no journal with the id {ids.to_text(ids.JOURNAL, journal_id)!r}.")
    row = await store.find(tx, client_id=client_id, is_test=is_test, journal_id=journal_id)
    if row is None or row["reverses_id"] is not None or row["reversed_by_id"] is not None:
        raise AlreadyReversed
    entries = await store.mirror_of(tx, client_id=client_id, journal_id=journal_id)
    posting = Posting(
        client_id=client_id,
        is_test=is_test,
        journal_id=ids.new_id(),
        operation_id=operation_id,
        kind=kind,
        description=description,
        at=at,
        lines=tuple(Line(entry["client_id"], entry["account_id"], -int(entry["amount"])) for entry in entries),
        reverses_id=journal_id,
    )
    return await post_one(tx, posting)


async def _own_account(tx: Tx, where: Filter, account_id: UUID) -> None:
    account = (await read_accounts(tx, [(where.client_id, account_id)])).get((where.client_id, account_id))
    if account is None or account.is_test != where.is_test:
        raise NotFound(f"There is no account with the id {ids.to_text(ids.ACCOUNT, account_id)!r} in this mode.")


async def _posted(tx: Tx, where: Filter, key: str | None, limit: int) -> list[tuple[str, Row]]:
    if where.account_id is None:
        rows = await store.posted(tx, where, before=_uuid_key(key), limit=limit)
        return [(_key("posted", row["id"].hex), row) for row in rows]
    rows = await store.posted_on_account(tx, where, before=_number_key(key), limit=limit)
    return [(_key("posted", str(row["entry_number"])), row) for row in rows]


def _key(part: str, key: str) -> str:
    return encode_cursor(part, key)


def _uuid_key(key: str | None) -> UUID | None:
    if key is None:
        return None
    try:
        return UUID(hex=key)
    except ValueError:
        raise _bad_cursor() from None


def _number_key(key: str | None) -> int | None:
    if key is None:
        return None
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise _bad_cursor()
    return int(key)


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed.of("cursor", "cursor is not one that this list gave; leave it out to start at the top.")


def _usable(account: Account | None, is_test: bool, entry: DraftEntry, number: int) -> Account:
    if account is None or account.is_test != is_test:
        raise NotFound(f"entries.{number}.account_id: this workspace has no account {entry.account_id!r} in this mode.")
    if not account.code.startswith("wallet/"):
        # Coins in the vault and money between two legs are tied to the outside; a journal alone would part them.
        raise ValidationFailed.of(
            f"entries.{number}.account_id", "Entries by hand go to wallet accounts only, not to vaults or clearing."
        )
    if account.status != "open":
        raise AccountClosed
    return account


async def _views(tx: Tx, client_id: UUID, rows: Sequence[Row]) -> list[JournalView]:
    """Rows of journals and drafts, told apart by their columns, as the workspace may see them."""
    drafts = {row["id"]: _draft(row) for row in rows if "entries" in row}
    journals = [(row["client_id"], row["id"]) for row in rows if row["id"] not in drafts]
    found: dict[tuple[UUID, UUID], list[Row]] = {}
    for entry in await store.entries(tx, journals) if journals else []:
        found.setdefault((entry["journal_client_id"], entry["journal_id"]), []).append(entry)
    keys = {line.account for draft in drafts.values() for line in draft.lines}
    accounts = await read_accounts(tx, list(keys))
    return [
        _draft_view(drafts[row["id"]], accounts)
        if row["id"] in drafts
        else _journal_view(row, found[row["client_id"], row["id"]], client_id)
        for row in rows
    ]


def _draft(row: Row) -> Draft:
    return Draft(
        id=row["id"],
        client_id=row["client_id"],
        is_test=row["is_test"],
        description=row["description"],
        status=row["status"],
        lines=tuple(Line(row["client_id"], UUID(account), int(amount)) for account, amount in row["entries"]),
        operation_id=row["operation_id"],
        created_by=row["created_by"],
        created_at=row["created_at"],
    )


def _draft_view(draft: Draft, accounts: dict[tuple[UUID, UUID], Account]) -> JournalView:
    return JournalView(
        id=draft.id,
        status="draft",
        kind=MANUAL,
        description=draft.description,
        operation_id=draft.operation_id,
        reverses_id=None,
        reversed_by_id=None,
        entries=tuple(
            EntryView(line.account_id, accounts[line.account].code, accounts[line.account].asset, line.amount)
            for line in draft.lines
        ),
        chain=None,
        created_at=draft.created_at,
    )


def _journal_view(row: Row, entries: Sequence[Row], client_id: UUID) -> JournalView:
    view = JournalView(
        id=row["id"],
        status="posted",
        kind=row["kind"],
        description=row["description"],
        operation_id=row["operation_id"],
        reverses_id=row["reverses_id"],
        reversed_by_id=row["reversed_by_id"],
        entries=tuple(_entry_view(entry, client_id) for entry in entries),
        chain=ChainPlace(row["number"], row["hash"], row["previous_hash"] or GENESIS),
        created_at=row["created_at"],
    )
    if row["client_id"] == client_id:
        return view
    return replace(view, operation_id=None, entries=_from_outside(entries, client_id), chain=None)


def _entry_view(entry: Row, client_id: UUID) -> EntryView:
    owner = entry["client_id"]
    code = entry["code"] if owner in (client_id, HOUSE) else OTHER_WORKSPACE
    return EntryView(entry["account_id"] if owner == client_id else None, code, entry["asset"], int(entry["amount"]))


def _from_outside(entries: Sequence[Row], client_id: UUID) -> tuple[EntryView, ...]:
    """What a journal of another chain says to this workspace: its own entries, against one sum per asset.

    The sender's fee and rate are the sender's own business; what they leave over is what came.
    """
    own = [_entry_view(entry, client_id) for entry in entries if entry["client_id"] == client_id]
    sums: dict[str, int] = {}
    for entry in own:
        sums[entry.asset] = sums.get(entry.asset, 0) - entry.amount
    others = [EntryView(None, OTHER_WORKSPACE, asset, amount) for asset, amount in sums.items() if amount]
    return (*others, *own)
