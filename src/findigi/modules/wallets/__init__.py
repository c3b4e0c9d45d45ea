"""Wallets: what a workspace keeps its currencies in. Owns wallets, their sub-accounts and virtual account numbers.

Promises: each account of a wallet is one ledger account with the same id; at most one wallet per workspace, mode and
asset is primary, and a primary one is never closed while others of its asset are open; a closed wallet is empty and
stays so; what `Directory.resolve` gives never changes.
"""

from findigi.modules.wallets.model import Funds, Wallet, WalletBalance, WalletRef
from findigi.modules.wallets.service.directory import Directory
from findigi.modules.wallets.service.wallets import open_wallet, read_wallet, read_wallet_balances, read_wallets

__all__ = [
    "Directory",
    "Funds",
    "Wallet",
    "WalletBalance",
    "WalletRef",
    "open_wallet",
    "read_wallet",
    "read_wallet_balances",
    "read_wallets",
]
