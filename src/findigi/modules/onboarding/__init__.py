"""Onboarding: makes a workspace ready for money. Stands above wallets, because it opens them."""

from findigi.modules.onboarding.service import Onboarded, create_and_onboard, onboard, onboard_within

__all__ = ["Onboarded", "create_and_onboard", "onboard", "onboard_within"]
