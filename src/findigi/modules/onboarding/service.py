"""Opening what a workspace needs before its first payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx, Role
from findigi.kernel.db import Tx
from findigi.modules.clients import Client, ClientDetails, Workspaces, create_client, mark_onboarded
from findigi.modules.wallets import Wallet, open_wallet, read_wallets

CURRENCY_OF: Final = {"ID": "IDR", "SG": "SGD", "JP": "JPY", "HK": "HKD", "MY": "MYR", "TH": "THB", "PH": "PHP"}
"""The local currency of the countries we serve first; elsewhere the base currency stands for it."""


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A workspace that is ready, the caller's role in it, and its wallets of both modes."""

    client: Client
    role: Role
    wallets: tuple[Wallet, ...]


async def onboard(ctx: Ctx) -> Onboarded:
    """Makes the context's workspace ready. Called again it changes nothing and gives the same."""
    async with ctx.transaction() as tx:
        client, wallets = await onboard_within(tx, client_id=ctx.client, now=ctx.now)
    return Onboarded(client, ctx.role or Role.viewer, wallets)


async def create_and_onboard(ctx: Ctx, *, details: ClientDetails) -> Onboarded:
    """A new workspace owned by the caller and made ready, in one transaction: both or neither."""
    client_id = ids.new_id()
    async with ctx.transaction() as tx:
        await create_client(tx, client_id=client_id, owner_id=ctx.user, details=details, now=ctx.now)
        client, wallets = await onboard_within(tx, client_id=client_id, now=ctx.now)
    ctx.runtime.part(Workspaces).distrust(ctx.user, ctx.now)
    return Onboarded(client, Role.owner, wallets)


async def onboard_within(tx: Tx, *, client_id: UUID, now: datetime) -> tuple[Client, tuple[Wallet, ...]]:
    """Opens a wallet for each default asset that has none, in both modes, and marks the workspace ready.

    The workspace's row is locked by the marking, so two calls at once open each wallet once.
    """
    client = await mark_onboarded(tx, client_id=client_id, now=now)
    wallets: list[Wallet] = []
    for is_test in (True, False):
        have = await read_wallets(tx, client_id=client_id, is_test=is_test)
        held = {wallet.asset for wallet in have}
        missing = [asset for asset in default_assets(client) if asset not in held]
        wallets += have + [await _open(tx, client, asset, is_test=is_test, now=now) for asset in missing]
    return client, tuple(wallets)


async def _open(tx: Tx, client: Client, asset: str, *, is_test: bool, now: datetime) -> Wallet:
    return await open_wallet(
        tx,
        client_id=client.id,
        is_test=is_test,
        name=f"{asset} operating",
        country=client.country,
        asset=asset,
        now=now,
    )


def default_assets(client: Client) -> tuple[str, ...]:
    """Local currency, base currency and US dollars, each once."""
    local = CURRENCY_OF.get(client.country, client.base_currency)
    return tuple(dict.fromkeys((local, client.base_currency, "USD")))
