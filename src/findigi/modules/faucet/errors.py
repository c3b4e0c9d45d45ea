"""What the faucet refuses."""

from __future__ import annotations

from findigi.kernel.errors import Forbidden


class TestModeOnly(Forbidden):
    """403: money of this kind exists in test mode only."""

    cause = "This operation exists in test mode only."
    fix = "Send the header `x-findigi-is-test: true`."
