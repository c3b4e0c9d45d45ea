"""Opening, reading, promoting and closing wallets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.countries import check_country
from findigi.kernel.db import Tx
from findigi.kernel.errors import NotFound, Problem
from findigi.kernel.money import ASSETS, format_units
from findigi.kernel.paging import Page, cut
from findigi.modules.ledger import NewAccount, close_accounts, open_accounts, read_accounts
from findigi.modules.wallets import store
from findigi.modules.wallets.errors import PrimaryInUse, WalletClosed, WalletNotEmpty
from findigi.modules.wallets.model import (
    NO_FUNDS,
    Funds,
    Purpose,
    SubAccount,
    Wallet,
    WalletBalance,
    WalletStatus,
    check_fiat,
    check_name,
)


async def create_wallet(ctx: Ctx, *, name: str, country: str, asset: str) -> WalletBalance:
    """Opens a wallet for the workspace. Refuses with 400 a bad name, country or asset."""
    name, country, asset = check_name(name), check_country(country), check_fiat(asset)
    async with ctx.transaction() as tx:
        wallet = await open_wallet(
            tx, client_id=ctx.client, is_test=ctx.is_test, name=name, country=country, asset=asset, now=ctx.now
        )
    return WalletBalance(wallet, NO_FUNDS)


async def list_wallets(
    ctx: Ctx, *, asset: str | None, status: str | None, before: UUID | None, limit: int
) -> Page[WalletBalance]:
    """A page of the workspace's wallets with their balances, newest first."""
    async with ctx.reading() as tx:
        wallets = await store.list_wallets(
            tx, client_id=ctx.client, is_test=ctx.is_test, before=before, asset=asset, status=status, limit=limit + 1
        )
        page = cut(wallets, limit, lambda wallet: (str(wallet.id),))
        return Page(await _with_balances(tx, ctx.client, page.items), page.next_cursor)


async def get_wallet(ctx: Ctx, *, wallet_id: UUID) -> WalletBalance:
    """One wallet with its balance, or 404."""
    async with ctx.reading() as tx:
        wallet = await need_wallet(tx, ctx, wallet_id)
        return (await _with_balances(tx, ctx.client, (wallet,)))[0]


async def make_primary(ctx: Ctx, *, wallet_id: UUID) -> WalletBalance:
    """Makes the wallet the primary one of its asset, in place of the one before. 404, or 409 when it is closed."""
    async with ctx.transaction() as tx:
        wallet = await _lock_asset_of(tx, ctx, wallet_id)
        await store.demote(tx, client_id=ctx.client, is_test=ctx.is_test, asset=wallet.asset)
        await store.promote(tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id)
        return await get_wallet(ctx.within(tx), wallet_id=wallet_id)


async def close_wallet(ctx: Ctx, *, wallet_id: UUID) -> WalletBalance:
    """Closes an empty wallet and its accounts for ever.

    404; or 409 when it is closed already, is primary while others of its asset are open, or any account holds money.
    """
    async with ctx.transaction() as tx:
        wallet = await _lock_asset_of(tx, ctx, wallet_id)
        if wallet.is_primary and await store.has_other_open(tx, wallet=wallet):
            raise PrimaryInUse
        # The wallet's row is taken before its accounts are read: no new one comes between.
        await store.close(tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id)
        accounts = [each for _, each in await store.accounts_of(tx, client_id=ctx.client, wallet_ids=(wallet_id,))]
        filled = await close_accounts(tx, client_id=ctx.client, account_ids=accounts)
        if filled:
            asset = ASSETS[wallet.asset]
            raise WalletNotEmpty(
                details=tuple(
                    Problem(
                        ids.to_text(ids.ACCOUNT, account.id),
                        "NOT_EMPTY",
                        f"{account.name}: {format_units(account.posted, asset)} {asset.code} posted, "
                        f"{format_units(account.held, asset)} held.",
                    )
                    for account in filled
                )
            )
        return await get_wallet(ctx.within(tx), wallet_id=wallet_id)


async def open_wallet(
    tx: Tx,
    *,
    client_id: UUID,
    is_test: bool,
    name: str,
    country: str,
    asset: str,
    now: datetime,
    primary: bool | None = None,
) -> Wallet:
    """Opens a wallet with its main account in the caller's transaction.

    `primary` left out: the first open one of its asset is primary. True takes over from another, False never is. The
    fields are taken as they are: who takes them from outside checks them.
    """
    await store.lock_asset(tx, client_id=client_id, is_test=is_test, asset=asset)
    if primary is None:
        primary = not await store.has_primary(tx, client_id=client_id, is_test=is_test, asset=asset)
    elif primary:
        await store.demote(tx, client_id=client_id, is_test=is_test, asset=asset)
    wallet = Wallet(
        id=ids.id_at(now),
        client_id=client_id,
        is_test=is_test,
        name=name,
        country=country,
        asset=asset,
        is_primary=primary,
        status=WalletStatus.open.value,
        main_account_id=ids.id_at(now),
        created_at=now,
    )
    await store.insert(tx, wallet)
    main = SubAccount(
        id=wallet.main_account_id,
        client_id=client_id,
        is_test=is_test,
        wallet_id=wallet.id,
        purpose=Purpose.main,
        label=name,
        number=None,
        created_at=now,
    )
    await open_account(tx, main, asset=asset)
    return wallet


async def open_account(tx: Tx, account: SubAccount, *, asset: str) -> None:
    """Writes a sub-account and opens its ledger account, which has the same id."""
    await store.insert_account(tx, account)
    text = ids.to_text(ids.ACCOUNT, account.id)
    new = NewAccount(
        client_id=account.client_id,
        is_test=account.is_test,
        code=f"wallet/{text}",
        kind="liability",
        asset=asset,
        name=account.label,
        id=account.id,
    )
    await open_accounts(tx, (new,), now=account.created_at)


async def read_wallets(tx: Tx, *, client_id: UUID, is_test: bool) -> list[Wallet]:
    """All wallets of the workspace in that mode, newest first, closed ones too."""
    return await store.list_wallets(tx, client_id=client_id, is_test=is_test)


async def read_wallet(tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID) -> Wallet | None:
    """One wallet of the workspace in that mode."""
    return await store.read(tx, client_id=client_id, is_test=is_test, wallet_id=wallet_id)


async def read_wallet_balances(tx: Tx, *, client_id: UUID, is_test: bool) -> list[WalletBalance]:
    """The same as `read_wallets`, each with the sum of the funds on its accounts, all of one moment."""
    return await _with_balances(tx, client_id, await read_wallets(tx, client_id=client_id, is_test=is_test))


async def need_wallet(tx: Tx, ctx: Ctx, wallet_id: UUID) -> Wallet:
    """The request's wallet, or 404."""
    wallet = await store.read(tx, client_id=ctx.client, is_test=ctx.is_test, wallet_id=wallet_id)
    if wallet is None:
        raise no_wallet(wallet_id)
    return wallet


def no_wallet(wallet_id: UUID) -> NotFound:
    """The refusal for an id that is not one of the workspace and mode."""
    return NotFound(f"There is no wallet with the id {ids.to_text(ids.WALLET, wallet_id)} in this workspace and mode.")


async def _lock_asset_of(tx: Tx, ctx: Ctx, wallet_id: UUID) -> Wallet:
    # The asset never changes, so it may be read before the lock; status and is_primary are read again under it.
    wallet = await need_wallet(tx, ctx, wallet_id)
    await store.lock_asset(tx, client_id=ctx.client, is_test=ctx.is_test, asset=wallet.asset)
    wallet = await need_wallet(tx, ctx, wallet_id)
    if wallet.status == WalletStatus.closed:
        raise WalletClosed
    return wallet


async def _with_balances(tx: Tx, client_id: UUID, wallets: Sequence[Wallet]) -> list[WalletBalance]:
    # Two questions however many wallets: which accounts they have, and those accounts' balances in one snapshot.
    pairs = await store.accounts_of(tx, client_id=client_id, wallet_ids=[wallet.id for wallet in wallets])
    accounts = await read_accounts(tx, [(client_id, account_id) for _, account_id in pairs])
    posted = dict.fromkeys((wallet.id for wallet in wallets), 0)
    held = dict(posted)
    for wallet_id, account_id in pairs:
        account = accounts[client_id, account_id]
        posted[wallet_id] += account.posted
        held[wallet_id] += account.held
    return [WalletBalance(wallet, Funds(posted[wallet.id], held[wallet.id])) for wallet in wallets]
