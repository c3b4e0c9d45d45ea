"""Transactions: one feed of everything that moves."""

from __future__ import annotations

from uuid import UUID

import msgspec

from findigi.kernel import ids
from findigi.kernel.answer import Answer, encode, items
from findigi.kernel.clock import in_utc
from findigi.kernel.context import Role
from findigi.kernel.errors import ValidationFailed
from findigi.kernel.http import Call, Example, Items, NoBody, Routes
from findigi.kernel.money import asset_of, parse_amount
from findigi.kernel.paging import decode_cursor
from findigi.kernel.text import csv_answer
from findigi.modules.operations import service
from findigi.modules.operations.model import Filter, Operation
from findigi.modules.operations.schemas import EXAMPLE, OperationItem, TransactionsQuery, item_of

endpoints = Routes("Transactions")

_COLUMNS = (
    "id", "created_at", "type", "status", "direction", "amount", "asset", "fee", "total_debit", "source_wallet_id",
    "destination_wallet_id", "description", "reference", "completed_at",
)  # fmt: skip


@endpoints.add(
    "GET",
    "/api/transactions",
    role=Role.viewer,
    summary="List transactions",
    description=(
        "Every movement of the workspace in one feed, newest first: transfers, pay-ins, manual journals, and what came "
        "in from other workspaces (`direction` is `in`). Filters combine. With `Accept: text/csv` the filtered set "
        "comes as a file of up to 10,000 rows; the header `x-next-cursor` is there when more follow."
    ),
    query=TransactionsQuery,
    answer=Items[OperationItem],
    example=Example(answer=Items(items=[EXAMPLE])),
    notes=("A page costs the same wherever it stands in the history: pass `next_cursor` on as `cursor`.",),
)
async def list_transactions(call: Call[NoBody, TransactionsQuery]) -> Answer:
    """GET /api/transactions."""
    query = call.query
    chosen = _filter(query)
    before = None if query.cursor is None else _before(query.cursor)
    ctx = call.ctx
    if "text/csv" in call.accept:
        page = await service.list_operations(ctx, chosen=chosen, before=before, limit=service.EXPORT_LIMIT)
        rows = [item_of(operation, seen_by=ctx.client) for operation in page.items]
        return csv_answer(_COLUMNS, rows, filename="transactions.csv", next_cursor=page.next_cursor)

    def show(operation: Operation) -> msgspec.Raw:
        return msgspec.Raw(encode(item_of(operation, seen_by=ctx.client)))

    shown = await service.list_shown(ctx, chosen=chosen, before=before, limit=query.limit, show=show)
    return items(shown.items, shown.next_cursor)


def _before(cursor: str) -> UUID:
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(str(text))
    except ValueError:
        raise ValidationFailed.of("cursor", "cursor is not one that this list gave.") from None


def _filter(query: TransactionsQuery) -> Filter:
    bounds: list[int | None] = []
    for field, text in (("min_amount", query.min_amount), ("max_amount", query.max_amount)):
        if text is not None and query.asset is None:
            raise ValidationFailed.of(field, f"{field} needs `asset`, because assets have different decimals.")
        bounds.append(None if text is None else parse_amount(text, asset_of(query.asset or ""), field))
    if query.asset is not None:
        asset_of(query.asset)
    return Filter(
        type=query.type,
        status=query.status,
        asset=query.asset,
        wallet_id=None if query.wallet_id is None else ids.parse(ids.WALLET, query.wallet_id, "wallet"),
        since=in_utc(query.since, "from"),
        until=in_utc(query.until, "to"),
        least=bounds[0],
        most=bounds[1],
        text=query.q,
    )
