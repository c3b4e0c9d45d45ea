"""What the ledger refuses."""

from __future__ import annotations

from typing import Final

from findigi.kernel.errors import InvalidState, Refusal


class InsufficientFunds(Refusal):
    """422: the available balance is smaller than what would leave the account."""

    code = "INSUFFICIENT_FUNDS"
    status = 422
    cause = "The account's available balance (posted less held) is smaller than the amount and fees."
    fix = "Read the balance first, fund the wallet, or send less."


class AccountClosed(InvalidState):
    """409: a closed account takes no entries."""

    cause = "The wallet or account is closed and takes no entries."
    fix = "Use an open wallet; GET /api/wallets shows each one's `status`."


class UnbalancedJournal(Refusal):
    """422: the entries do not sum to zero in each asset."""

    code = "UNBALANCED_JOURNAL"
    status = 422
    cause = "The entries of a journal must sum to zero in each asset: it can move money, never create it."
    fix = "Add the missing entry, or correct an amount; `details` names the asset and by how much it is off."


class BalanceTooLarge(Refusal):
    """422: no balance may pass the largest one that can be counted."""

    code = "BALANCE_TOO_LARGE"
    status = 422
    cause = "The account's balance would pass the largest amount that can be counted."
    fix = "Move a smaller amount."


class HoldClosed(InvalidState):
    """409: a hold is captured or released once."""

    cause = "The hold was captured or released before, or does not exist."
    fix = "Read the operation: it shows what became of the hold."


class AlreadyReversed(InvalidState):
    """409: a journal is reversed at most once."""

    cause = "The journal was reversed before, or is itself a reversal."
    fix = "Read the journal: `reversed_by_id` names the reversal."


class DraftPosted(InvalidState):
    """409: a draft is posted once."""

    cause = "The draft was posted before, or does not exist."
    fix = "Read the journal: `status` says whether it is posted."


REFUSALS: Final[tuple[type[Refusal], ...]] = (InsufficientFunds, AccountClosed, BalanceTooLarge)
"""What any posting may be refused for."""
