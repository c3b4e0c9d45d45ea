"""Operations: every movement of money is one, with one state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from findigi.modules.ledger import Line


class Status(StrEnum):
    """Where an operation stands."""

    SCHEDULED = "scheduled"
    REQUIRES_ACTION = "requires_action"
    AWAITING_APPROVAL = "awaiting_approval"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


class Type(StrEnum):
    """What kind of movement it is."""

    WALLET_TRANSFER = "wallet_transfer"
    PAYIN = "payin"
    MANUAL_JOURNAL = "manual_journal"


NEXT: Final[Mapping[Status | None, frozenset[Status]]] = {
    None: frozenset({Status.SCHEDULED, Status.REQUIRES_ACTION, Status.AWAITING_APPROVAL, Status.PROCESSING}),
    Status.SCHEDULED: frozenset({Status.AWAITING_APPROVAL, Status.PROCESSING, Status.CANCELLED, Status.FAILED}),
    Status.REQUIRES_ACTION: frozenset({Status.PROCESSING, Status.CANCELLED, Status.EXPIRED, Status.FAILED}),
    Status.AWAITING_APPROVAL: frozenset(
        {Status.PROCESSING, Status.SCHEDULED, Status.REJECTED, Status.CANCELLED, Status.EXPIRED, Status.FAILED}
    ),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED}),
    Status.COMPLETED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.FAILED: frozenset(),
}
"""Which status may follow which; None is before the beginning."""


def may_follow(before: Status | None, after: Status) -> bool:
    """Whether an operation may go from `before` to `after`."""
    return after in NEXT[before]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a timeline: `at` in RFC 3339, `by` the person's id where a person caused it."""

    status: Status
    at: str
    by: str | None = None


_encode_steps: Final = msgspec.json.Encoder().encode
_decode_steps: Final = msgspec.json.Decoder(list[Step]).decode


def to_timeline(steps: Sequence[Step]) -> msgspec.Raw:
    """The steps as JSON, in the form in which they are kept and shown."""
    return msgspec.Raw(_encode_steps(steps))


def steps_of(timeline: msgspec.Raw) -> list[Step]:
    """The steps of a kept timeline, oldest first."""
    return _decode_steps(timeline)


@dataclass(frozen=True, slots=True)
class Movement:
    """What a module asks the choke point to carry out: who pays whom, and the ledger lines that say so.

    Amounts in the asset's smallest unit. `other_client_id` is another workspace that sees it come in.
    `journal_id` is given where the journal must have a certain id (a posted draft).
    """

    type: Type
    amount: int
    asset: str
    lines: tuple[Line, ...]
    description: str
    reference: str = ""
    source_wallet_id: UUID | None = None
    destination_wallet_id: UUID | None = None
    other_client_id: UUID | None = None
    journal_id: UUID | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it stands; amounts in the asset's smallest unit."""

    client_id: UUID
    is_test: bool
    id: UUID
    type: str
    status: str
    amount: int
    asset: str
    fee: int
    total_debit: int
    source_wallet_id: UUID | None
    destination_wallet_id: UUID | None
    description: str
    reference: str
    detail: Mapping[str, Any] | None
    journal_ids: tuple[UUID, ...]
    timeline: msgspec.Raw
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which operations a list shows; what is None does not restrict. `since` is inclusive, `until` exclusive."""

    type: str | None = None
    status: str | None = None
    asset: str | None = None
    wallet_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    least: int | None = None
    most: int | None = None
    text: str | None = None
