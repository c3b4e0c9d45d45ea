"""The workspace's chart of accounts."""

from __future__ import annotations

from uuid import UUID

from findigi.kernel.context import Ctx
from findigi.kernel.errors import ValidationFailed
from findigi.kernel.money import asset_of
from findigi.kernel.paging import Page, cut, decode_cursor
from findigi.modules.ledger.model import Account
from findigi.modules.ledger.store import accounts as store


async def list_accounts(ctx: Ctx, *, asset: str | None, limit: int, cursor: str | None) -> Page[Account]:
    """The workspace's accounts of this mode with their balances, newest first; `asset` keeps those of one asset."""
    if asset is not None:
        asset_of(asset)
    async with ctx.reading() as tx:
        rows = await store.list_accounts(
            tx,
            client_id=ctx.client,
            is_test=ctx.is_test,
            before=None if cursor is None else _before(cursor),
            asset=asset,
            limit=limit + 1,
        )
    return cut(rows, limit, lambda account: (account.id.hex,))


def _before(cursor: str) -> UUID:
    (key,) = decode_cursor(cursor, str)
    try:
        return UUID(hex=str(key))
    except ValueError:
        raise ValidationFailed.of(
            "cursor", "cursor is not one that this list gave; leave it out to start at the top."
        ) from None
