"""Wire shapes of internal transfers."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from findigi.kernel.http import WorkspaceBody
from findigi.kernel.money import AMOUNT_PATTERN


class TransferBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What POST /api/wallets/transfers takes."""

    source_wallet_id: Annotated[
        str,
        Meta(description="The wallet that pays; one of this workspace.", examples=["wal_01k8m3va2ye5w8h0q6n4rjc7ta"]),
    ]
    destination_wallet_id: Annotated[
        str,
        Meta(
            description="The wallet that receives, of this workspace or of another one, in the same mode.",
            examples=["wal_01k8m3va30e5w8m0q6n4rjc7ta"],
        ),
    ]
    amount: Annotated[
        str,
        Meta(
            pattern=AMOUNT_PATTERN,
            description="Decimal string in major units of the wallets' asset, more than zero, "
            "with at most the asset's decimals.",
            examples=["100000"],
        ),
    ]
    description: Annotated[
        str,
        Meta(max_length=200, description="What it is for; shown on both sides.", examples=["Internal wallet transfer"]),
    ] = ""
    reference: Annotated[
        str,
        Meta(
            max_length=64, description="Your own reference; searchable, need not be unique.", examples=["INV-2026-0418"]
        ),
    ] = ""
