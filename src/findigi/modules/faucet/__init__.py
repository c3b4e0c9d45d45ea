"""The faucet: test money, out of the house's funding account. Exists in test mode only."""

from findigi.modules.faucet.service import fund_within

__all__ = ["fund_within"]
