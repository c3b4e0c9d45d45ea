"""What wallets refuse."""

from __future__ import annotations

from findigi.kernel.errors import InvalidState, Refusal


class WalletClosed(InvalidState):
    """409: a closed wallet is read and nothing else."""

    cause = "The wallet is closed. Its history stays readable, and nothing about it changes any more."
    fix = "Use an open wallet; GET /api/wallets?status=open lists them."


class WalletNotEmpty(InvalidState):
    """409: only a wallet without posted and held money can be closed."""

    cause = "An account of the wallet holds money, or money is set aside on it for an operation."
    fix = "Transfer the rest away and wait for running operations; `details` names the accounts, then close it again."


class PrimaryInUse(InvalidState):
    """409: an asset with open wallets keeps a primary one."""

    cause = "The wallet is the primary one of its asset, and other wallets of the asset are open."
    fix = "Make another wallet primary with POST /api/wallets/{id}/make-primary, then close this one."


class TooManyAccounts(Refusal):
    """422: a wallet has a largest number of sub-accounts."""

    code = "LIMIT_EXCEEDED"
    status = 422
    cause = (
        "The operation would pass a limit: of an amount, a number or a rate that the product or your workspace sets."
    )
    fix = "Read the message: it names the limit and what to do instead."
