"""Wire shapes of wallets, their accounts and their history, and their examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.http import PageQuery, WorkspaceBody
from findigi.kernel.money import ASSETS, format_units
from findigi.modules.ledger import HistoryEntry
from findigi.modules.wallets.model import AccountBalance, Funds, Wallet, WalletBalance, WalletStatus

CLIENT, WALLET, ACCOUNT, RESERVE, VIRTUAL = (
    "cli_01k8m3v9fke5w8d0q6n4rjc7ta",
    "wal_01k8m3va2ye5w8h0q6n4rjc7ta",
    "acc_01k8m3va2ze5w8k0q6n4rjc7ta",
    "acc_01k8m4b1v8e5wa80q6n4rjc7ta",
    "acc_01k8m4c0w3e5wag0q6n4rjc7ta",
)
"""Ids of the examples."""

AssetCode = Annotated[str, Meta(description="What the amounts count.", examples=["IDR"])]
Posted = Annotated[str, Meta(description="Sum of all entries, a decimal string in major units.", examples=["1250000"])]
Held = Annotated[str, Meta(description="Set aside for operations that are not finished.", examples=["250000"])]
Available = Annotated[str, Meta(description="What may leave now: `posted` less `held`.", examples=["1000000"])]
Moment = Annotated[str, Meta(description="RFC 3339, UTC, milliseconds.", examples=["2026-04-10T18:00:00.000Z"])]
WalletId = Annotated[str, Meta(description="The wallet's id.", examples=[WALLET])]
AccountId = Annotated[str, Meta(description="The account's id; the same as in the ledger.", examples=[ACCOUNT])]
PurposeText = Annotated[
    Literal["main", "reserve", "virtual_account"],
    Meta(
        description="`main`: where money for the wallet comes to; each has one. `reserve`: money kept apart. "
        "`virtual_account`: has a number of its own that payers pay to.",
        examples=["main"],
    ),
]
Status = Annotated[
    Literal["open", "closed"], Meta(description="`closed` takes and gives no money any more.", examples=["open"])
]


class WalletFunds(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a wallet or on one of its accounts."""

    asset: AssetCode
    posted: Posted
    held: Held
    available: Available


class WalletItem(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet: one currency of one workspace in one mode."""

    id: WalletId
    client_id: Annotated[str, Meta(description="The workspace.", examples=[CLIENT])]
    mode: Annotated[Literal["test", "live"], Meta(description="Never mixes with the other one.", examples=["test"])]
    name: Annotated[str, Meta(description="What people call it.", examples=["Operating IDR"])]
    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2.", examples=["ID"])]
    asset: AssetCode
    type: Annotated[Literal["operating"], Meta(description="For the workspace's own business.", examples=["operating"])]
    is_primary: Annotated[
        bool, Meta(description="The one that is taken for this asset when none is named.", examples=[True])
    ]
    status: Status
    main_account_id: AccountId
    balance: Annotated[WalletFunds, Meta(description="Over all accounts of the wallet.")]
    created_at: Moment


class AccountFunds(WalletFunds, frozen=True, kw_only=True):
    """The funds on one account of a wallet."""

    id: AccountId
    purpose: PurposeText
    label: Annotated[str, Meta(description="What people call it.", examples=["Operating IDR"])]
    status: Status


class WalletBalances(WalletFunds, frozen=True, kw_only=True):
    """The funds of a wallet in total and on each account, all of one moment."""

    wallet_id: WalletId
    accounts: Annotated[list[AccountFunds], Meta(description="The main account first, then in order of opening.")]


class WalletAccountItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-account of a wallet."""

    id: AccountId
    wallet_id: WalletId
    purpose: PurposeText
    label: Annotated[str, Meta(description="What people call it.", examples=["Tax reserve"])]
    number: Annotated[
        str | UnsetType,
        Meta(
            description="Virtual accounts only: the 16 digits that a payer pays to. `88`, 13 digits made from the "
            "account's id, and a check digit (ISO/IEC 7064, MOD 11,10). Never given out twice.",
            examples=["8800388981553382"],
        ),
    ] = UNSET
    status: Status
    balance: WalletFunds
    created_at: Moment


class WalletEntryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an account with the balance that it left."""

    account_id: AccountId
    number: Annotated[int, Meta(description="The account's own count of entries, from 1 without gaps.", examples=[418])]
    direction: Annotated[
        Literal["credit", "debit"],
        Meta(description="`credit` came to the account, `debit` left it.", examples=["debit"]),
    ]
    amount: Annotated[
        str, Meta(description="Signed decimal string in major units: negative for a debit.", examples=["-100000"])
    ]
    asset: AssetCode
    balance_after: Annotated[
        str, Meta(description="The account's posted balance after this entry.", examples=["1150000"])
    ]
    kind: Annotated[str, Meta(description="What caused it.", examples=["wallet_transfer"])]
    description: Annotated[str, Meta(description="What it was for.", examples=["Internal wallet transfer"])]
    journal_id: Annotated[
        str, Meta(description="The journal that it stands in.", examples=["jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"])
    ]
    operation_id: Annotated[
        str | None,
        Meta(
            description="The operation that moved it; null for a journal without one.",
            examples=["op_01k8m4r2vte5wad0q6n4rjc7ta"],
        ),
    ]
    at: Moment


class WalletsQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters of the list of wallets."""

    asset: Annotated[str | None, Meta(description="Only wallets of this asset.", examples=["IDR"])] = None
    status: Annotated[WalletStatus | None, Meta(description="Only open, or only closed ones.", examples=["open"])] = (
        None
    )


class HistoryQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters of a wallet's history."""

    account_id: Annotated[
        str | None,
        Meta(description="An account of the wallet; left out: the main one.", examples=[ACCOUNT]),
    ] = None
    direction: Annotated[
        Literal["credit", "debit"] | None,
        Meta(description="Only what came in (`credit`) or went out (`debit`).", examples=["credit"]),
    ] = None
    since: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="At or after this moment (RFC 3339).", examples=["2026-04-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="from")
    until: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="Before this moment (RFC 3339).", examples=["2026-05-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="to")


class WalletBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What POST /api/wallets takes."""

    name: Annotated[
        str, Meta(min_length=1, max_length=80, description="What people call it.", examples=["Operating IDR"])
    ]
    country: Annotated[
        str, Meta(description="Where the wallet's money is kept, ISO 3166-1 alpha-2 in upper case.", examples=["ID"])
    ]
    asset: Annotated[str, Meta(description="A currency by its ISO 4217 code; never changes.", examples=["IDR"])]


class WalletAccountBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What POST /api/wallets/{id}/accounts takes."""

    purpose: Annotated[
        Literal["reserve", "virtual_account"],
        Meta(
            description="`reserve` keeps money apart; `virtual_account` gets a number that payers pay to.",
            examples=["virtual_account"],
        ),
    ]
    label: Annotated[
        str, Meta(min_length=1, max_length=80, description="What people call it.", examples=["Invoices of Acme"])
    ]


class WalletCommand(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an operation on a wallet takes that needs nothing but the wallet."""


def funds_of(funds: Funds, code: str) -> WalletFunds:
    """An amount of money as it goes on the wire."""
    return WalletFunds(**_texts(funds, code))


def wallet_item(found: WalletBalance) -> WalletItem:
    """The wallet as it goes on the wire."""
    wallet = found.wallet
    return WalletItem(
        id=ids.to_text(ids.WALLET, wallet.id),
        client_id=ids.to_text(ids.CLIENT, wallet.client_id),
        mode="test" if wallet.is_test else "live",
        name=wallet.name,
        country=wallet.country,
        asset=wallet.asset,
        type="operating",
        is_primary=wallet.is_primary,
        status="open" if wallet.status == WalletStatus.open else "closed",
        main_account_id=ids.to_text(ids.ACCOUNT, wallet.main_account_id),
        balance=funds_of(found.funds, wallet.asset),
        created_at=to_text(wallet.created_at),
    )


def balances_item(wallet: Wallet, accounts: Sequence[AccountBalance]) -> WalletBalances:
    """The wallet's funds in total and per account as they go on the wire."""
    total = Funds(sum(each.funds.posted for each in accounts), sum(each.funds.held for each in accounts))
    return WalletBalances(
        wallet_id=ids.to_text(ids.WALLET, wallet.id),
        accounts=[
            AccountFunds(
                id=ids.to_text(ids.ACCOUNT, each.account.id),
                purpose=each.account.purpose.value,
                label=each.account.label,
                status="open" if each.status == WalletStatus.open else "closed",
                **_texts(each.funds, wallet.asset),
            )
            for each in accounts
        ],
        **_texts(total, wallet.asset),
    )


def account_item(found: AccountBalance) -> WalletAccountItem:
    """The sub-account as it goes on the wire."""
    account = found.account
    return WalletAccountItem(
        id=ids.to_text(ids.ACCOUNT, account.id),
        wallet_id=ids.to_text(ids.WALLET, account.wallet_id),
        purpose=account.purpose.value,
        label=account.label,
        number=account.number or UNSET,
        status="open" if found.status == WalletStatus.open else "closed",
        balance=funds_of(found.funds, found.asset),
        created_at=to_text(account.created_at),
    )


def entry_item(entry: HistoryEntry) -> WalletEntryItem:
    """The entry as it goes on the wire."""
    asset = ASSETS[entry.asset]
    return WalletEntryItem(
        account_id=ids.to_text(ids.ACCOUNT, entry.account_id),
        number=entry.number,
        direction="credit" if entry.amount > 0 else "debit",
        amount=format_units(entry.amount, asset),
        asset=entry.asset,
        balance_after=format_units(entry.balance_after, asset),
        kind=entry.kind,
        description=entry.description,
        journal_id=ids.to_text(ids.JOURNAL, entry.journal_id),
        operation_id=None if entry.operation_id is None else ids.to_text(ids.OPERATION, entry.operation_id),
        at=to_text(entry.at),
    )


def _texts(funds: Funds, code: str) -> dict[str, str]:
    asset = ASSETS[code]
    return {
        "asset": code,
        "posted": format_units(funds.posted, asset),
        "held": format_units(funds.held, asset),
        "available": format_units(funds.available, asset),
    }


_FUNDS = WalletFunds(asset="IDR", posted="1250000", held="250000", available="1000000")
_EMPTY = WalletFunds(asset="IDR", posted="0", held="0", available="0")
_AT = "2026-04-10T18:00:00.000Z"
EXAMPLE_WALLET = WalletItem(
    id=WALLET,
    client_id=CLIENT,
    mode="test",
    name="Operating IDR",
    country="ID",
    asset="IDR",
    type="operating",
    is_primary=True,
    status="open",
    main_account_id=ACCOUNT,
    balance=_FUNDS,
    created_at=_AT,
)
EXAMPLE_CLOSED = msgspec.structs.replace(EXAMPLE_WALLET, is_primary=False, status="closed", balance=_EMPTY)
EXAMPLE_NEW = msgspec.structs.replace(EXAMPLE_WALLET, balance=_EMPTY)
EXAMPLE_BODY = WalletBody(client_id=CLIENT, name="Operating IDR", country="ID", asset="IDR")
EXAMPLE_COMMAND = WalletCommand(client_id=CLIENT)
EXAMPLE_BALANCES = WalletBalances(
    wallet_id=WALLET,
    asset="IDR",
    posted="1250000",
    held="250000",
    available="1000000",
    accounts=[
        AccountFunds(
            id=ACCOUNT,
            purpose="main",
            label="Operating IDR",
            status="open",
            asset="IDR",
            posted="1050000",
            held="250000",
            available="800000",
        ),
        AccountFunds(
            id=RESERVE,
            purpose="reserve",
            label="Tax reserve",
            status="open",
            asset="IDR",
            posted="200000",
            held="0",
            available="200000",
        ),
    ],
)
EXAMPLE_ACCOUNT = WalletAccountItem(
    id=VIRTUAL,
    wallet_id=WALLET,
    purpose="virtual_account",
    label="Invoices of Acme",
    number="8800388981553382",
    status="open",
    balance=_EMPTY,
    created_at=_AT,
)
EXAMPLE_ACCOUNT_BODY = WalletAccountBody(client_id=CLIENT, purpose="virtual_account", label="Invoices of Acme")
EXAMPLE_ENTRY = WalletEntryItem(
    account_id=ACCOUNT,
    number=418,
    direction="debit",
    amount="-100000",
    asset="IDR",
    balance_after="1150000",
    kind="wallet_transfer",
    description="Internal wallet transfer",
    journal_id="jrn_01k8m4r2vxe5wbh0q6n4rjc7ta",
    operation_id="op_01k8m4r2vte5wad0q6n4rjc7ta",
    at=_AT,
)
