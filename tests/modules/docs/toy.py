"""A small API of every kind of endpoint that the documentation must be able to show."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from findigi.kernel.context import Role
from findigi.kernel.errors import Conflict, NotFound, Refusal
from findigi.kernel.http import (
    Access,
    Answer,
    Call,
    Endpoint,
    Example,
    Item,
    Items,
    NoBody,
    NoQuery,
    PathParameter,
    Routes,
    WorkspaceBody,
    WorkspaceQuery,
    done,
)
from findigi.kernel.money import AMOUNT_PATTERN
from findigi.modules.docs.routes import routes as docs_routes

ID = "wal_01k8m3v9fke5w8d0q6n4rjc7ta"
wallet_routes = Routes("Wallet Transfer")
other_routes = Routes("Toy Extras")


class InsufficientFunds(Refusal):
    code = "INSUFFICIENT_FUNDS"
    status = 422
    cause = "The source wallet's available balance is smaller than the amount and the fee together."
    fix = "Send less, or top up the wallet first; GET /api/wallets/{id}/balances shows what is available."


class WalletTaken(Conflict):
    cause = "A wallet of this name exists already."
    fix = "Choose another name."


Amount = Annotated[
    str, Meta(pattern=AMOUNT_PATTERN, description="In major units of the wallet's asset.", examples=["1250.00"])
]


class Balance(msgspec.Struct, frozen=True):
    """What a wallet holds."""

    asset: str
    available: str


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet holds one asset of one workspace."""

    id: str
    name: str
    balance: Balance
    note: str | None = None
    label: str | msgspec.UnsetType = msgspec.UNSET


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of an invoice."""

    text: Annotated[str, Meta(description="What it is for.", max_length=140, examples=['It\'s "rent"'])]
    amount: Amount


class TransferBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transfer between two wallets."""

    source_wallet_id: Annotated[str, Meta(description="The wallet to debit.", examples=[ID])]
    amount: Amount
    speed: Annotated[Literal["normal", "instant"], Meta(description="How fast it goes.")] = "normal"
    lines: tuple[Line, ...] = ()


class WalletQuery(WorkspaceQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters."""

    asset: Annotated[str, Meta(description="Only wallets of this asset.", examples=["IDR"])]
    size: Annotated[int, Meta(ge=1, le=100, description="Rows.")] = 20


WALLET = Wallet(id=ID, name="Operations", balance=Balance("IDR", "1000000.00"))


@wallet_routes.add(
    "GET",
    "/api/wallets",
    summary="List wallets",
    description="The wallets of the workspace in this mode, newest first, each with its balance.",
    role=Role.viewer,
    query=WalletQuery,
    answer=Items[Wallet],
    example=Example(Items(items=[WALLET])),
)
async def list_wallets(_call: Call[NoBody, WalletQuery]) -> Answer:
    return done(WALLET)


@wallet_routes.add(
    "POST",
    "/api/wallets/{id}/transfers",
    summary="Transfer between wallets",
    description="Moves money between two wallets of the workspace; waits for approval where the rules ask for it.",
    role=Role.maker,
    body=TransferBody,
    path_parameters={"id": PathParameter("wal", "The wallet to credit.", "wal_01k8m3v9fke5w8d0q6n4rjc7tb")},
    answer=Item[Wallet],
    example=Example(
        Item(item=WALLET),
        TransferBody(source_wallet_id=ID, amount="1250.00", lines=(Line('It\'s "rent"', "1"),)),
    ),
    status=201,
    statuses=(202,),
    errors=(InsufficientFunds, WalletTaken, NotFound),
    idempotent=True,
    notes=("Funds are held from the first moment.",),
)
async def create_transfer(_call: Call[TransferBody, NoQuery]) -> Answer:
    return done(WALLET)


@other_routes.add(
    "GET",
    "/api/toy/export",
    access=Access.USER,
    summary="Export as text",
    description="Everything of yours as comma-separated values, one row per thing.",
    answer=str,
    example=Example("id,name\n1,one\n"),
    media="text/csv",
)
async def export_toys(_call: Call[NoBody, NoQuery]) -> Answer:
    return done("")


ENDPOINTS: tuple[Endpoint, ...] = (*docs_routes, *other_routes, *wallet_routes)
