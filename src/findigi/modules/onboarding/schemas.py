"""Wire shapes of onboarding."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from findigi.kernel import ids
from findigi.kernel.context import mode_name
from findigi.modules.clients import ClientItem
from findigi.modules.clients import item_of as client_item
from findigi.modules.onboarding.service import Onboarded


class OpenedWallet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet of the workspace, in short."""

    id: Annotated[str, Meta(description="The wallet's id.", examples=["wal_01k8m3va2ye5w8h0q6n4rjc7ta"])]
    name: str
    asset: str
    mode: Annotated[str, Meta(description="`test` or `live`.", examples=["test"])]
    is_primary: bool


class OnboardedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace that is ready, and its wallets of both modes."""

    client: ClientItem
    wallets: list[OpenedWallet]


def onboarded_item(ready: Onboarded) -> OnboardedItem:
    """The workspace and its wallets as they go on the wire."""
    return OnboardedItem(
        client=client_item(ready.client, ready.role),
        wallets=[
            OpenedWallet(
                id=ids.to_text(ids.WALLET, wallet.id),
                name=wallet.name,
                asset=wallet.asset,
                mode=mode_name(wallet.is_test),
                is_primary=wallet.is_primary,
            )
            for wallet in ready.wallets
        ],
    )
