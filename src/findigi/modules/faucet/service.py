"""The faucet: sandbox money, out of the house's funding account."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import NotFound, ValidationFailed
from findigi.kernel.money import ASSETS, parse_amount
from findigi.modules.faucet.errors import TestModeOnly
from findigi.modules.ledger import HOUSE, Line, NewAccount, open_accounts
from findigi.modules.operations import Movement, Operation, Type, execute_within
from findigi.modules.wallets import Directory, WalletRef

DESCRIPTION: Final = "Sandbox funding"
MOST: Final = 10**12
"""Major units of one funding. All workspaces draw on one account, whose balance nobody may use up for the others."""


async def fund(ctx: Ctx, *, wallet_id: UUID, amount: str) -> Operation:
    """Pays test money into one of the workspace's wallets, as a completed pay-in.

    Refuses live mode (403), a wallet that is not the workspace's (404), a malformed amount and one over MOST (400).
    """
    if not ctx.is_test or ctx.runtime.settings.production:
        raise TestModeOnly
    wallet = await ctx.runtime.part(Directory).resolve(wallet_id)
    if wallet is None or wallet.client_id != ctx.client or not wallet.is_test:
        raise NotFound(f"There is no test wallet {ids.to_text(ids.WALLET, wallet_id)} in this workspace.")
    async with ctx.transaction() as tx:
        return await fund_within(tx, ctx, wallet=wallet, amount=amount)


async def fund_within(
    tx: Tx, ctx: Ctx, *, wallet: WalletRef, amount: str, description: str = DESCRIPTION, reference: str = ""
) -> Operation:
    """The same into a wallet that the caller has found, inside the caller's transaction."""
    asset = ASSETS[wallet.asset]
    units = parse_amount(amount, asset)
    if units > MOST * 10**asset.decimals:
        raise ValidationFailed.of("amount", f"amount must be at most {MOST} {asset.code} at once.", "TOO_LARGE")
    account = NewAccount(HOUSE, True, "funding", "equity", wallet.asset, "Sandbox funding", side="both")
    (funding,) = await open_accounts(tx, [account], now=ctx.now)
    movement = Movement(
        type=Type.PAYIN,
        amount=units,
        asset=wallet.asset,
        lines=(Line(HOUSE, funding.id, -units), Line(wallet.client_id, wallet.account_id, units)),
        description=description,
        reference=reference,
        destination_wallet_id=wallet.wallet_id,
        detail={"source": {"type": "sandbox_funding", "id": None}},
    )
    return await execute_within(tx, ctx, movement)
