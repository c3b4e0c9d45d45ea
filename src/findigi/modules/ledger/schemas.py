"""Wire shapes of accounts and journals, and their examples."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.http import PageQuery, WorkspaceBody
from findigi.kernel.money import AMOUNT_PATTERN, ASSETS, format_units
from findigi.modules.ledger.model import Account
from findigi.modules.ledger.service.journals import DraftEntry, EntryView, JournalView

LEAST_ENTRIES = 2
MOST_ENTRIES = 100

Side = Annotated[
    Literal["credit", "debit"],
    Meta(description="`credit` adds to a customer's account, `debit` takes from it.", examples=["credit"]),
]
Moment = Annotated[str, Meta(description="RFC 3339, UTC, milliseconds.", examples=["2026-04-10T18:00:00.000Z"])]
Hash = Annotated[str, Meta(description="SHA-256 as 64 hex digits.", examples=["9b" * 32])]


class BalanceItem(msgspec.Struct, frozen=True, kw_only=True):
    """What is on an account: `available` is `posted` less `held`. Decimal strings in major units."""

    asset: Annotated[str, Meta(description="What the amounts count.", examples=["IDR"])]
    posted: Annotated[str, Meta(description="Sum of all entries.", examples=["1250000"])]
    held: Annotated[str, Meta(description="Set aside for operations that are not finished.", examples=["250000"])]
    available: Annotated[str, Meta(description="What may leave the account now.", examples=["1000000"])]


class AccountItem(msgspec.Struct, frozen=True, kw_only=True):
    """One account of the workspace's chart."""

    id: Annotated[str, Meta(description="The account's id.", examples=["acc_01k8m3va2ze5w8k0q6n4rjc7ta"])]
    code: Annotated[
        str,
        Meta(
            description="What it is: `wallet/…`, `vault/…` or `clearing/…`.", examples=["wallet/wal_01k8m3va2ye5w8h0"]
        ),
    ]
    name: Annotated[str, Meta(description="The name that people see.", examples=["Operating IDR"])]
    kind: Annotated[
        str,
        Meta(
            description="`liability` (yours, which we owe you), `asset`, `equity`, `income` or `expense`.",
            examples=["liability"],
        ),
    ]
    asset: Annotated[str, Meta(description="The one asset that it counts.", examples=["IDR"])]
    status: Annotated[str, Meta(description="`open`, or `closed`: then it takes no entries.", examples=["open"])]
    balance: BalanceItem


class EntryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a journal."""

    account_id: Annotated[
        str | None,
        Meta(
            description="The account; null where it is not this workspace's.",
            examples=["acc_01k8m3va2ze5w8k0q6n4rjc7ta"],
        ),
    ]
    code: Annotated[
        str,
        Meta(description="The account's code; `other workspace` where it is somebody else's.", examples=["funding"]),
    ]
    asset: Annotated[str, Meta(description="What the amount counts.", examples=["IDR"])]
    amount: Annotated[
        str, Meta(description="Credit less debit: negative for a debit. Decimal string.", examples=["-100000"])
    ]
    side: Side


class ChainItem(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's place in the workspace's hash chain of this mode."""

    number: Annotated[int, Meta(description="Its place, from 1 without gaps.", examples=[418])]
    hash: Hash
    previous_hash: Annotated[
        str, Meta(description="Hash of the journal before; zeros for the first.", examples=["4f" * 32])
    ]


class JournalItem(msgspec.Struct, frozen=True, kw_only=True):
    """A journal: entries that sum to zero in each asset."""

    id: Annotated[str, Meta(description="The journal's id.", examples=["jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"])]
    status: Annotated[
        Literal["posted", "draft"],
        Meta(description="`posted` is history; a `draft` has moved nothing.", examples=["posted"]),
    ]
    kind: Annotated[str, Meta(description="What caused it.", examples=["wallet_transfer"])]
    description: Annotated[str, Meta(description="What it is for.", examples=["Internal wallet transfer"])]
    operation_id: Annotated[
        str | None,
        Meta(
            description="The operation that posted it, where it is this workspace's.",
            examples=["op_01k8m4r2vte5wad0q6n4rjc7ta"],
        ),
    ]
    reverses_id: Annotated[
        str | None, Meta(description="The journal that it takes back.", examples=["jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"])
    ]
    reversed_by_id: Annotated[
        str | None, Meta(description="The journal that takes it back.", examples=["jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"])
    ]
    entries: Annotated[list[EntryItem], Meta(description="Its entries, in order.")]
    chain: Annotated[
        ChainItem | None, Meta(description="Null for drafts and for journals of another workspace's chain.")
    ]
    created_at: Moment


class AccountsQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters of the chart of accounts."""

    asset: Annotated[str | None, Meta(description="Only accounts of this asset.", examples=["IDR"])] = None


class JournalsQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters of the list of journals."""

    account_id: Annotated[
        str | None,
        Meta(description="Only journals with an entry on this account.", examples=["acc_01k8m3va2ze5w8k0q6n4rjc7ta"]),
    ] = None
    operation_id: Annotated[
        str | None, Meta(description="Only journals of this operation.", examples=["op_01k8m4r2vte5wad0q6n4rjc7ta"])
    ] = None
    since: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Created at or after this moment (RFC 3339).", examples=["2026-04-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="from")
    until: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Created before this moment (RFC 3339).", examples=["2026-05-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="to")
    status: Annotated[
        Literal["posted", "draft"] | None,
        Meta(description="Only posted journals, or only drafts that wait.", examples=["posted"]),
    ] = None


class NewEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of a draft."""

    account_id: Annotated[
        str,
        Meta(description="A wallet account of this workspace and mode.", examples=["acc_01k8m3va2ze5w8k0q6n4rjc7ta"]),
    ]
    amount: Annotated[
        str,
        Meta(
            pattern=AMOUNT_PATTERN,
            description="Decimal string in major units of the account's asset, more than zero.",
            examples=["100000"],
        ),
    ]
    side: Side


class JournalBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What POST /api/ledger/journals takes."""

    description: Annotated[
        str,
        Meta(min_length=1, max_length=200, description="What it is for.", examples=["Move to the reserve"]),
    ]
    entries: Annotated[
        list[NewEntry],
        Meta(
            min_length=LEAST_ENTRIES,
            max_length=MOST_ENTRIES,
            description="2 to 100 entries; credits and debits are equal in each asset.",
        ),
    ]


def account_item(account: Account) -> AccountItem:
    """The account as it goes on the wire."""
    asset = ASSETS[account.asset]
    return AccountItem(
        id=ids.to_text(ids.ACCOUNT, account.id),
        code=account.code,
        name=account.name,
        kind=account.kind,
        asset=account.asset,
        status=account.status,
        balance=BalanceItem(
            asset=account.asset,
            posted=format_units(account.posted, asset),
            held=format_units(account.held, asset),
            available=format_units(account.available, asset),
        ),
    )


def journal_item(view: JournalView) -> JournalItem:
    """The journal as it goes on the wire."""
    place = view.chain
    return JournalItem(
        id=ids.to_text(ids.JOURNAL, view.id),
        status=view.status,
        kind=view.kind,
        description=view.description,
        operation_id=None if view.operation_id is None else ids.to_text(ids.OPERATION, view.operation_id),
        reverses_id=None if view.reverses_id is None else ids.to_text(ids.JOURNAL, view.reverses_id),
        reversed_by_id=None if view.reversed_by_id is None else ids.to_text(ids.JOURNAL, view.reversed_by_id),
        entries=[_entry_item(entry) for entry in view.entries],
        chain=None
        if place is None
        else ChainItem(number=place.number, hash=place.hash.hex(), previous_hash=place.previous_hash.hex()),
        created_at=to_text(view.created_at),
    )


def draft_entries(body: JournalBody) -> list[DraftEntry]:
    """The body's entries as the service takes them."""
    return [DraftEntry(entry.account_id, entry.amount, entry.side) for entry in body.entries]


def _entry_item(entry: EntryView) -> EntryItem:
    return EntryItem(
        account_id=None if entry.account_id is None else ids.to_text(ids.ACCOUNT, entry.account_id),
        code=entry.code,
        asset=entry.asset,
        amount=format_units(entry.amount, ASSETS[entry.asset]),
        side="credit" if entry.amount > 0 else "debit",
    )


EXAMPLE_ACCOUNT = AccountItem(
    id="acc_01k8m3va2ze5w8k0q6n4rjc7ta",
    code="wallet/wal_01k8m3va2ye5w8h0q6n4rjc7ta",
    name="Operating IDR",
    kind="liability",
    asset="IDR",
    status="open",
    balance=BalanceItem(asset="IDR", posted="1250000", held="250000", available="1000000"),
)
EXAMPLE_BODY = JournalBody(
    client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta",
    description="Move to the reserve",
    entries=[
        NewEntry(account_id="acc_01k8m3va2ze5w8k0q6n4rjc7ta", amount="100000", side="debit"),
        NewEntry(account_id="acc_01k8m3va31e5w8n0q6n4rjc7ta", amount="100000", side="credit"),
    ],
)
_EXAMPLE_ENTRIES = [
    EntryItem(
        account_id="acc_01k8m3va2ze5w8k0q6n4rjc7ta",
        code="wallet/wal_01k8m3va2ye5w8h0q6n4rjc7ta",
        asset="IDR",
        amount="-100000",
        side="debit",
    ),
    EntryItem(
        account_id="acc_01k8m3va31e5w8n0q6n4rjc7ta",
        code="wallet/wal_01k8m3va30e5w8m0q6n4rjc7ta",
        asset="IDR",
        amount="100000",
        side="credit",
    ),
]
EXAMPLE_JOURNAL = JournalItem(
    id="jrn_01k8m4r2vxe5wbh0q6n4rjc7ta",
    status="posted",
    kind="wallet_transfer",
    description="Internal wallet transfer",
    operation_id="op_01k8m4r2vte5wad0q6n4rjc7ta",
    reverses_id=None,
    reversed_by_id=None,
    entries=_EXAMPLE_ENTRIES,
    chain=ChainItem(number=418, hash="9b" * 32, previous_hash="4f" * 32),
    created_at="2026-04-10T18:00:00.000Z",
)
EXAMPLE_DRAFT = msgspec.structs.replace(
    EXAMPLE_JOURNAL,
    status="draft",
    kind="manual_journal",
    description="Move to the reserve",
    operation_id=None,
    chain=None,
)
