"""What came to and left an account of a wallet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.errors import NotFound
from findigi.kernel.paging import Page, cut
from findigi.modules.ledger import HistoryEntry, read_entries
from findigi.modules.wallets import store
from findigi.modules.wallets.service.wallets import need_wallet


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of the main account unless another is named; `before` is an entry's number in its account."""

    account_id: UUID | None = None
    direction: Literal["credit", "debit"] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


async def read_history(ctx: Ctx, *, wallet_id: UUID, wanted: Wanted, limit: int) -> Page[HistoryEntry]:
    """A page of entries, newest first. 404 when the wallet, or the account in the wallet, does not exist."""
    async with ctx.reading() as tx:
        wallet = await need_wallet(tx, ctx, wallet_id)
        account_id = wanted.account_id or wallet.main_account_id
        if account_id != wallet.main_account_id:
            account = await store.read_account(
                tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id, account_id=account_id
            )
            if account is None:
                raise NotFound(f"The wallet has no account {ids.to_text(ids.ACCOUNT, account_id)}.")
        entries = await read_entries(
            tx,
            client_id=ctx.client,
            account_id=account_id,
            limit=limit + 1,
            before=wanted.before,
            since=wanted.since,
            until=wanted.until,
            direction=wanted.direction,
        )
    return cut(entries, limit, lambda entry: (entry.number,))
