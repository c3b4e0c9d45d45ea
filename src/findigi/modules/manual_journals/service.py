"""Posting a drafted journal."""

from __future__ import annotations

from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import InvalidState, NotFound
from findigi.modules.ledger import Line, mark_draft_posted, read_accounts, read_draft
from findigi.modules.operations import Movement, Operation, Type, execute_within


async def post_draft(ctx: Ctx, *, journal_id: UUID) -> Operation:
    """Posts the draft as one operation; the journal keeps the draft's id.

    Refuses: no such draft in this workspace and mode (404), posted before (409), too little money (422).
    """
    async with ctx.transaction() as tx:
        draft = await read_draft(tx, client_id=ctx.client, is_test=ctx.is_test, journal_id=journal_id, for_update=True)
        if draft is None:
            raise NotFound(f"There is no draft with the id {ids.to_text(ids.JOURNAL, journal_id)!r} here.")
        if draft.status != "draft":
            raise InvalidState("This journal was posted before; a posted journal is undone by a reversal only.")
        asset, moved = await _moved(tx, draft.lines)
        movement = Movement(
            type=Type.MANUAL_JOURNAL,
            amount=moved,
            asset=asset,
            lines=draft.lines,
            description=draft.description,
            journal_id=journal_id,
            detail={
                "source": {"type": "journal", "id": ids.to_text(ids.JOURNAL, journal_id)},
                "destination": {"type": "journal", "id": ids.to_text(ids.JOURNAL, journal_id)},
            },
        )
        operation = await execute_within(tx, ctx, movement)
        await mark_draft_posted(
            tx, client_id=ctx.client, is_test=ctx.is_test, journal_id=journal_id, operation_id=operation.id
        )
        return operation


async def _moved(tx: Tx, lines: tuple[Line, ...]) -> tuple[str, int]:
    """The asset of the first line, and how much of it the journal moves."""
    accounts = await read_accounts(tx, [line.account for line in lines])
    asset = accounts[lines[0].account].asset
    return asset, sum(line.amount for line in lines if line.amount > 0 and accounts[line.account].asset == asset)
