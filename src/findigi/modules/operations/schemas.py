"""Wire shapes of operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from findigi.kernel import ids
from findigi.kernel.answer import Answer, created
from findigi.kernel.clock import to_text
from findigi.kernel.context import mode_name
from findigi.kernel.http import PageQuery
from findigi.kernel.money import ASSETS, format_units
from findigi.modules.operations.model import Operation, Status, Step, Type, steps_of, to_timeline

Moment = Annotated[datetime, Meta(tz=True)]
Amount = Annotated[str, Meta(description="Decimal string in major units of the asset.", examples=["100000"])]


class Place(msgspec.Struct, frozen=True):
    """One end of a movement: a wallet, or what the type of operation pays to or from."""

    type: Annotated[str, Meta(description="`wallet`, or the kind of outside place.", examples=["wallet"])]
    id: Annotated[
        str | None, Meta(description="Its id, where it has one.", examples=["wal_01k8m3v9fke5w8d0q6n4rjc7ta"])
    ]


class TimelineStep(msgspec.Struct, frozen=True):
    """A status that the operation took, when, and who caused it."""

    status: str
    at: str
    by: Annotated[str | UnsetType, Meta(description="The person; absent where the system did it.")] = UNSET


class Failure(msgspec.Struct, frozen=True):
    """Why an operation failed."""

    code: str
    message: str


class OperationItem(msgspec.Struct, frozen=True, kw_only=True):
    """Any movement of money. Fields of one type only stand under their own names."""

    id: str
    type: Annotated[str, Meta(description="Kind of movement.", examples=["wallet_transfer"])]
    status: Annotated[str, Meta(description="Where it stands.", examples=["completed"])]
    client_id: str
    mode: Annotated[str, Meta(description="`test` or `live`.", examples=["test"])]
    direction: Annotated[
        str, Meta(description="`in` where it came from another workspace, else `own`.", examples=["own"])
    ] = "own"
    amount: Amount
    asset: str
    fee: Amount
    total_debit: Annotated[str, Meta(description="Amount and fee as they leave the source.", examples=["100000"])]
    source: Place
    destination: Place
    source_wallet_id: str | UnsetType = UNSET
    destination_wallet_id: str | UnsetType = UNSET
    description: str
    reference: str
    journal_ids: list[str]
    failure: Failure | UnsetType = UNSET
    timeline: list[TimelineStep]
    created_by: str | UnsetType = UNSET
    created_at: str
    updated_at: str
    completed_at: str | UnsetType = UNSET


def item_of(operation: Operation, *, seen_by: object = None) -> OperationItem:
    """The operation as it goes on the wire; `seen_by` another workspace, no person of the sender is named."""
    asset = ASSETS[operation.asset]
    own = seen_by is None or seen_by == operation.client_id
    source, destination = _places(operation)
    created = to_text(operation.created_at)
    return OperationItem(
        id=ids.to_text(ids.OPERATION, operation.id),
        type=operation.type,
        status=operation.status,
        client_id=ids.to_text(ids.CLIENT, operation.client_id),
        mode=mode_name(operation.is_test),
        direction="own" if own else "in",
        amount=format_units(operation.amount, asset),
        asset=operation.asset,
        fee=format_units(operation.fee, asset),
        total_debit=format_units(operation.total_debit, asset),
        source=source,
        destination=destination,
        source_wallet_id=_wallet(operation.source_wallet_id),
        destination_wallet_id=_wallet(operation.destination_wallet_id),
        description=operation.description,
        reference=operation.reference,
        journal_ids=[ids.to_text(ids.JOURNAL, journal) for journal in operation.journal_ids],
        timeline=_shown(operation.timeline, own=own),
        created_by=ids.to_text(ids.USER, operation.created_by) if own else UNSET,
        created_at=created,
        updated_at=_again(operation.updated_at, operation.created_at, created),
        completed_at=UNSET
        if operation.completed_at is None
        else _again(operation.completed_at, operation.created_at, created),
    )


def _again(moment: datetime, first: datetime, text: str) -> str:
    return text if moment == first else to_text(moment)


def _wallet(wallet_id: Any) -> str | UnsetType:
    return UNSET if wallet_id is None else ids.to_text(ids.WALLET, wallet_id)


def _places(operation: Operation) -> tuple[Place, Place]:
    detail = operation.detail or {}
    ends: list[Place] = []
    for wallet_id, name in ((operation.source_wallet_id, "source"), (operation.destination_wallet_id, "destination")):
        if wallet_id is not None:
            ends.append(Place("wallet", ids.to_text(ids.WALLET, wallet_id)))
        else:
            ends.append(msgspec.convert(detail[name], Place))
    return ends[0], ends[1]


def _shown(timeline: msgspec.Raw, *, own: bool) -> list[TimelineStep]:
    """The timeline as it is kept, which is what TimelineStep says; of others' operations without their people."""
    raw = timeline if own else to_timeline([Step(step.status, step.at) for step in steps_of(timeline)])
    return cast("list[TimelineStep]", raw)


def created_answer(operation: Operation) -> Answer:
    """201 with the operation."""
    return created(item_of(operation))


class TransactionsQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filters of the transactions feed."""

    type: Annotated[Type | None, Meta(description="Only this kind of movement.", examples=["wallet_transfer"])] = None
    status: Annotated[Status | None, Meta(description="Only this status.", examples=["completed"])] = None
    asset: Annotated[str | None, Meta(description="Only this asset.", examples=["IDR"])] = None
    wallet_id: Annotated[
        str | None,
        Meta(description="Only what leaves or reaches this wallet.", examples=["wal_01k8m3v9fke5w8d0q6n4rjc7ta"]),
    ] = None
    since: Annotated[
        Moment | None,
        Meta(description="Created at or after this moment (RFC 3339).", examples=["2026-04-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="from")
    until: Annotated[
        Moment | None,
        Meta(description="Created before this moment (RFC 3339).", examples=["2026-05-01T00:00:00.000Z"]),
    ] = msgspec.field(default=None, name="to")
    min_amount: Annotated[str | None, Meta(description="At least this amount; needs `asset`.", examples=["1000"])] = (
        None
    )
    max_amount: Annotated[str | None, Meta(description="At most this amount; needs `asset`.", examples=["500000"])] = (
        None
    )
    q: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(description="Text in description or reference.", examples=["invoice"]),
    ] = None


EXAMPLE = OperationItem(
    id="op_01k8m4r2vte5wad0q6n4rjc7ta",
    type="wallet_transfer",
    status="completed",
    client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta",
    mode="test",
    amount="100000",
    asset="IDR",
    fee="0",
    total_debit="100000",
    source=Place("wallet", "wal_01k8m3va2ye5w8h0q6n4rjc7ta"),
    destination=Place("wallet", "wal_01k8m3va30e5w8m0q6n4rjc7ta"),
    source_wallet_id="wal_01k8m3va2ye5w8h0q6n4rjc7ta",
    destination_wallet_id="wal_01k8m3va30e5w8m0q6n4rjc7ta",
    description="Internal wallet transfer",
    reference="",
    journal_ids=["jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"],
    timeline=[
        TimelineStep("processing", "2026-04-10T18:00:00.000Z", "usr_01k8m3v8m0e5w840q6n4rjc7ta"),
        TimelineStep("completed", "2026-04-10T18:00:00.000Z"),
    ],
    created_by="usr_01k8m3v8m0e5w840q6n4rjc7ta",
    created_at="2026-04-10T18:00:00.000Z",
    updated_at="2026-04-10T18:00:00.000Z",
    completed_at="2026-04-10T18:00:00.000Z",
)

EXAMPLE_JOURNAL = msgspec.structs.replace(
    EXAMPLE,
    type="manual_journal",
    source=Place("journal", "jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"),
    destination=Place("journal", "jrn_01k8m4r2vxe5wbh0q6n4rjc7ta"),
    source_wallet_id=UNSET,
    destination_wallet_id=UNSET,
    description="Move the month's reserve",
)
EXAMPLE_FUNDING = msgspec.structs.replace(
    EXAMPLE,
    type="payin",
    amount="5000000",
    total_debit="5000000",
    source=Place("sandbox_funding", None),
    destination=Place("wallet", "wal_01k8m3va2ye5w8h0q6n4rjc7ta"),
    source_wallet_id=UNSET,
    destination_wallet_id="wal_01k8m3va2ye5w8h0q6n4rjc7ta",
    description="Sandbox funding",
)
