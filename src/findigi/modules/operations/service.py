"""The choke point: the one door through which money moves.

What is checked here holds for every type of operation and every caller: policy, limits, fees and holds belong here and
nowhere else. Today every movement is carried out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from findigi.kernel import ids
from findigi.kernel.answer import Answer
from findigi.kernel.clock import to_text
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import NotFound, Refusal, render
from findigi.kernel.idempotency import Key
from findigi.kernel.paging import Page, cut
from findigi.kernel.sets import set_part
from findigi.modules.ledger import Journal, Posting, Writer, post_one
from findigi.modules.operations import store
from findigi.modules.operations.model import Filter, Movement, Operation, Status, Step, to_timeline

EXPORT_LIMIT: Final = 10_000
Insert: TypeAlias = tuple[str, tuple[Any, ...]]
Show: TypeAlias = Callable[[Operation], msgspec.Raw]
Render: TypeAlias = Callable[[Operation], Answer]
"""How the caller shows an operation; pure, because it runs before the commit that records its bytes."""


async def execute(ctx: Ctx, movement: Movement, *, key: Key | None, answer: Render) -> Answer:
    """Carries out a movement and gives `answer(operation)`, or the ledger's refusal as an answer.

    Operation, journal, balances and the record of the key commit together, with those of concurrent requests.
    """
    operation_id = ids.id_at(ctx.now)

    def finish(outcome: Journal | Refusal) -> tuple[Answer, tuple[Insert, ...]]:
        if isinstance(outcome, Refusal):
            return Answer(outcome.status, render(outcome, ctx.request_id)), ()
        operation = _completed(ctx, movement, operation_id, outcome)
        return answer(operation), _inserts(movement, operation)

    posting = _posting(ctx, movement, operation_id)
    return await ctx.runtime.part(Writer).submit(posting, key=key, finish=finish)


async def execute_within(tx: Tx, ctx: Ctx, movement: Movement) -> Operation:
    """The same inside the caller's transaction, for a movement that changes rows of the caller's with it.

    Raises the ledger's refusal.
    """
    operation_id = ids.id_at(ctx.now)
    journal = await post_one(tx, _posting(ctx, movement, operation_id))
    operation = _completed(ctx, movement, operation_id, journal)
    await tx.run_together([set_part(sql, [row]) for sql, row in _inserts(movement, operation)])
    return operation


def _inserts(movement: Movement, operation: Operation) -> tuple[Insert, ...]:
    own: Insert = (store.INSERT_SET, store.to_row(operation))
    if movement.other_client_id is None:
        return (own,)
    incoming = (movement.other_client_id, operation.is_test, operation.id, operation.client_id)
    return (own, (store.INSERT_INCOMING_SET, incoming))


def _posting(ctx: Ctx, movement: Movement, operation_id: UUID) -> Posting:
    return Posting(
        client_id=ctx.client,
        is_test=ctx.is_test,
        journal_id=movement.journal_id or ids.new_id(),
        operation_id=operation_id,
        kind=movement.type.value,
        description=movement.description,
        at=ctx.now,
        lines=movement.lines,
    )


def _completed(ctx: Ctx, movement: Movement, operation_id: UUID, journal: Journal) -> Operation:
    at, by = to_text(ctx.now), ids.to_text(ids.USER, ctx.user)
    return Operation(
        client_id=ctx.client,
        is_test=ctx.is_test,
        id=operation_id,
        type=movement.type.value,
        status=Status.COMPLETED.value,
        amount=movement.amount,
        asset=movement.asset,
        fee=0,
        total_debit=movement.amount,
        source_wallet_id=movement.source_wallet_id,
        destination_wallet_id=movement.destination_wallet_id,
        description=movement.description,
        reference=movement.reference,
        detail=movement.detail,
        journal_ids=(journal.posting.journal_id,),
        timeline=to_timeline((Step(Status.PROCESSING, at, by), Step(Status.COMPLETED, at))),
        created_by=ctx.user,
        created_at=ctx.now,
        updated_at=ctx.now,
        completed_at=ctx.now,
    )


async def read_operation(ctx: Ctx, *, operation_id: UUID, type: str | None = None) -> Operation:  # noqa: A002 -- wire name
    """One operation of the workspace and mode, of that type where one is named; else 404."""
    async with ctx.reading() as tx:
        found = await store.read(tx, client_id=ctx.client, is_test=ctx.is_test, operation_id=operation_id)
    if found is None or (type is not None and found.type != type):
        raise NotFound(f"There is no operation with the id {ids.to_text(ids.OPERATION, operation_id)!r} here.")
    return found


async def list_operations(ctx: Ctx, *, chosen: Filter, before: UUID | None, limit: int) -> Page[Operation]:
    """A page of the workspace's operations, newest first."""
    async with ctx.reading() as tx:
        rows = await store.list_operations(
            tx, client_id=ctx.client, is_test=ctx.is_test, chosen=chosen, before=before, limit=limit + 1
        )
    return cut(rows, limit, lambda operation: (str(operation.id),))


async def list_shown(ctx: Ctx, *, chosen: Filter, before: UUID | None, limit: int, show: Show) -> Page[msgspec.Raw]:
    """The same page as finished JSON: rows whose version was shown before are not read or rendered again."""
    shown, viewer = ctx.runtime.part(Shown), ctx.client
    async with ctx.reading() as tx:
        versions = await store.list_versions(
            tx, client_id=viewer, is_test=ctx.is_test, chosen=chosen, before=before, limit=limit + 1
        )
        page = cut(versions, limit, lambda version: (str(version[1]),))
        rows = shown.get(page.items, viewer)
        missing = [version for version, row in zip(page.items, rows, strict=True) if row is None]
        if missing:
            found = await store.read_versions(tx, is_test=ctx.is_test, wanted=missing)
            fresh = {version[1]: shown.keep(version, viewer, show(operation)) for version, operation in found.items()}
            rows = [row or fresh.get(version[1]) for version, row in zip(page.items, rows, strict=True)]
    return Page([row for row in rows if row is not None], page.next_cursor)


class Shown:
    """Long-lived part: finished JSON of operations by the version of their row and the workspace that looks.

    A row's version never shows anything else, so nothing here goes stale; the oldest entries make room.
    """

    def __init__(self, *, most: int = 20_000) -> None:
        self._most = most
        self._kept: dict[tuple[store.Version, UUID], msgspec.Raw] = {}

    def get(self, versions: Sequence[store.Version], viewer: UUID) -> list[msgspec.Raw | None]:
        """What was kept for these versions and this viewer, in their order."""
        kept = self._kept
        return [kept.get((version, viewer)) for version in versions]

    def keep(self, version: store.Version, viewer: UUID, shown: msgspec.Raw) -> msgspec.Raw:
        """Keeps it and gives it back."""
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[version, viewer] = shown
        return shown
