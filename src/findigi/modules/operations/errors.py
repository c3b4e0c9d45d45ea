"""What the choke point refuses."""

from __future__ import annotations

from findigi.kernel.errors import Refusal


class CurrencyMismatch(Refusal):
    """422: the two sides count different assets and no quote says at which rate."""

    code = "CURRENCY_MISMATCH"
    status = 422
    cause = "Source and destination hold different assets and no quote prices the exchange."
    fix = "Choose wallets of the same asset."
