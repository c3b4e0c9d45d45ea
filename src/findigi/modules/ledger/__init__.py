"""The ledger: accounts, balances, journals and holds. Owns every number that is money.

Promises: a journal's entries sum to zero per asset; posted journals and entries are never changed; available is never
below zero on a customer's account; a balance is the sum of its entries; each workspace's journals of one mode form a
hash chain. `Writer.submit` posts one request together with the concurrent ones in one commit; `post_one` posts within
the caller's transaction. Both decide by the same pure function (`model.decide`).
"""

from findigi.modules.ledger.errors import REFUSALS
from findigi.modules.ledger.model import HOUSE, Journal, Line, Posting
from findigi.modules.ledger.service.accounts import (
    HistoryEntry,
    NewAccount,
    close_accounts,
    open_accounts,
    read_accounts,
    read_entries,
)
from findigi.modules.ledger.service.journals import mark_draft_posted, read_draft
from findigi.modules.ledger.service.posting import post_one
from findigi.modules.ledger.service.writer import Writer

__all__ = [
    "HOUSE",
    "REFUSALS",
    "HistoryEntry",
    "Journal",
    "Line",
    "NewAccount",
    "Posting",
    "Writer",
    "close_accounts",
    "mark_draft_posted",
    "open_accounts",
    "post_one",
    "read_accounts",
    "read_draft",
    "read_entries",
]
