"""Wire shapes of the faucet."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from findigi.kernel.http import WorkspaceBody
from findigi.kernel.money import AMOUNT_PATTERN


class FundBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which wallet, and how much."""

    wallet_id: Annotated[
        str, Meta(description="A test wallet of the workspace.", examples=["wal_01k8m3va2ye5w8h0q6n4rjc7ta"])
    ]
    amount: Annotated[
        str,
        Meta(
            pattern=AMOUNT_PATTERN,
            description="Decimal string in major units of the wallet's asset, at most 1000000000000.",
            examples=["5000000"],
        ),
    ]
