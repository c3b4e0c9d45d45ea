"""Opening, closing and reading accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.db import Tx
from findigi.modules.ledger.model import Account, AccountKey
from findigi.modules.ledger.store import accounts as store


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to open. `side` says which sign its balance may have (docs/ledger.md).

    `id` is given where the caller's own rows are keyed by it; else a fresh one is made.
    """

    client_id: UUID
    is_test: bool
    code: str
    kind: Literal["liability", "asset", "equity", "income", "expense"]
    asset: str
    name: str
    side: Literal["credit", "debit", "both"] = "credit"
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry as an account's history shows it; amounts in the asset's smallest unit, credit positive."""

    account_id: UUID
    number: int
    journal_id: UUID
    operation_id: UUID | None
    kind: str
    description: str
    asset: str
    amount: int
    balance_after: int
    at: datetime


async def open_accounts(tx: Tx, accounts: Sequence[NewAccount], *, now: datetime) -> list[Account]:
    """Opens the accounts, in order. One that exists with the same code and asset is given instead."""
    opened: list[Account] = []
    for new in accounts:
        row = (
            new.client_id, new.id or ids.new_id(), new.is_test, new.code, new.kind, new.asset, new.name, new.side, now,
        )  # fmt: skip
        opened.append(await store.open_account(tx, row=row))
    return opened


async def close_accounts(tx: Tx, *, client_id: UUID, account_ids: Sequence[UUID]) -> list[Account]:
    """Closes the accounts of one workspace if all of them are empty: nothing posted, nothing held.

    Gives those that are not empty; then none was closed. Their rows stay locked until the transaction ends, so that
    no posting comes between the check and the closing, and one that waited finds the account closed.
    """
    locked = await store.lock(tx, client_id=client_id, account_ids=account_ids)
    filled = [account for account in locked if account.posted or account.held]
    if not filled:
        await store.close_empty(tx, client_id=client_id, account_ids=account_ids)
    return filled


async def read_accounts(tx: Tx, keys: Sequence[AccountKey]) -> dict[AccountKey, Account]:
    """Accounts with their balances by (client_id, account id); those that do not exist are absent."""
    return await store.read(tx, keys) if keys else {}


async def read_entries(
    tx: Tx,
    *,
    client_id: UUID,
    account_id: UUID,
    limit: int,
    before: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    direction: Literal["credit", "debit"] | None = None,
) -> list[HistoryEntry]:
    """Up to `limit` entries of one account, newest first, below the number `before`."""
    rows = await store.entries(
        tx,
        client_id=client_id,
        account_id=account_id,
        before=before,
        since=since,
        until=until,
        direction=direction,
        limit=limit,
    )
    return [
        HistoryEntry(
            account_id=row["account_id"],
            number=row["number"],
            journal_id=row["journal_id"],
            operation_id=row["operation_id"],
            kind=row["kind"],
            description=row["description"],
            asset=row["asset"],
            amount=int(row["amount"]),
            balance_after=int(row["balance_after"]),
            at=row["created_at"],
        )
        for row in rows
    ]
