"""Sub-accounts: parts of a wallet that money can be kept apart in or paid in to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.paging import Page, cut
from findigi.modules.ledger import read_accounts
from findigi.modules.wallets import store
from findigi.modules.wallets.errors import TooManyAccounts, WalletClosed
from findigi.modules.wallets.model import (
    MOST_ACCOUNTS,
    NO_FUNDS,
    AccountBalance,
    Funds,
    Purpose,
    SubAccount,
    Wallet,
    WalletStatus,
    check_name,
    virtual_account_number,
)
from findigi.modules.wallets.service.wallets import need_wallet, no_wallet, open_account


async def list_accounts(ctx: Ctx, *, wallet_id: UUID, before: UUID | None, limit: int) -> Page[AccountBalance]:
    """A page of the wallet's accounts with their funds, newest first; 404 without such a wallet."""
    async with ctx.reading() as tx:
        wallet = await need_wallet(tx, ctx, wallet_id)
        accounts = await store.list_accounts(
            tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id, before=before, limit=limit + 1
        )
        page = cut(accounts, limit, lambda account: (str(account.id),))
        return Page(await _with_funds(tx, wallet, page.items), page.next_cursor)


async def read_balances(ctx: Ctx, *, wallet_id: UUID) -> tuple[Wallet, list[AccountBalance]]:
    """The wallet and the funds on each of its accounts, the main one first, all of one moment; or 404."""
    async with ctx.reading() as tx:
        wallet = await need_wallet(tx, ctx, wallet_id)
        accounts = await store.list_accounts(tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id)
        accounts.sort(key=lambda account: (account.purpose is not Purpose.main, account.id))
        return wallet, await _with_funds(tx, wallet, accounts)


async def create_account(ctx: Ctx, *, wallet_id: UUID, purpose: Purpose, label: str) -> AccountBalance:
    """Opens a sub-account of the wallet.

    Refuses: a bad label (400), no such wallet (404), a closed one (409), too many accounts (422).
    """
    label = check_name(label, "label")
    async with ctx.transaction() as tx:
        # The wallet's row is locked, so that it is neither closed meanwhile nor filled past its limit by two at once.
        wallet = await store.lock(tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id)
        if wallet is None:
            raise no_wallet(wallet_id)
        if wallet.status == WalletStatus.closed:
            raise WalletClosed
        existing = await store.accounts_of(tx, client_id=ctx.client, wallet_ids=(wallet_id,))
        if len(existing) >= MOST_ACCOUNTS:
            raise TooManyAccounts(f"A wallet has at most {MOST_ACCOUNTS} accounts; open another wallet for more.")
        if purpose is Purpose.virtual_account:
            account_id, number = await _take_number(tx, ctx)
        else:
            account_id, number = ids.id_at(ctx.now), None
        account = SubAccount(
            id=account_id,
            client_id=ctx.client,
            is_test=ctx.is_test,
            wallet_id=wallet_id,
            purpose=purpose,
            label=label,
            number=number,
            created_at=ctx.now,
        )
        await open_account(tx, account, asset=wallet.asset)
    return AccountBalance(account, wallet.asset, WalletStatus.open.value, NO_FUNDS)


async def _take_number(tx: Tx, ctx: Ctx) -> tuple[UUID, str]:
    while True:  # ends: the chance that a number is taken is small, and another id has another number
        account_id = ids.id_at(ctx.now)
        number = virtual_account_number(account_id)
        if await store.take_number(tx, number=number, client_id=ctx.client, account_id=account_id):
            return account_id, number


async def _with_funds(tx: Tx, wallet: Wallet, accounts: Sequence[SubAccount]) -> list[AccountBalance]:
    found = await read_accounts(tx, [(account.client_id, account.id) for account in accounts])
    rows: list[AccountBalance] = []
    for account in accounts:
        ledger = found[account.client_id, account.id]
        rows.append(AccountBalance(account, wallet.asset, ledger.status, Funds(ledger.posted, ledger.held)))
    return rows
