"""The ledger's rules a second time, as an accountant would say them: dictionaries, no batches, no locks.

`reasons` lists everything that speaks against a posting; the real thing must refuse exactly when there is any, and for
one of them. Also strategies that make postings, good and bad ones, from a few accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from hypothesis import strategies as st
from tests.modules.ledger.books import NOW

from findigi.kernel import ids
from findigi.modules.ledger.model import LARGEST_BALANCE, Hold, Line, Posting, Take

Key: TypeAlias = tuple[UUID, UUID]


@dataclass(slots=True)
class SimpleAccount:
    asset: str
    side: str = "credit"
    open: bool = True
    is_test: bool = True
    posted: int = 0
    held: int = 0


@dataclass(slots=True)
class SimpleBook:
    accounts: dict[Key, SimpleAccount] = field(default_factory=dict[Key, SimpleAccount])
    holds: dict[Key, Hold] = field(default_factory=dict[Key, Hold])

    def reasons(self, posting: Posting) -> set[str]:
        found: set[str] = set()
        touched = {line.account for line in posting.lines} | {hold.account for hold in posting.place}
        for take in posting.take:
            hold = self.holds.get((take.client_id, take.hold_id))
            if hold is None or take.captured > hold.amount:
                found.add("HoldClosed")
            else:
                touched.add(hold.account)
        assets: dict[str, int] = {}
        for key in touched:
            account = self.accounts.get(key)
            if account is None or account.is_test != posting.is_test:
                found.add("NotFound")
                continue
            moved = sum(line.amount for line in posting.lines if line.account == key)
            assets[account.asset] = assets.get(account.asset, 0) + moved
            found |= self._reasons_of(account, account.posted + moved, account.held + self._newly_held(posting, key))
            if not account.open and key in {part.account for part in (*posting.lines, *posting.place)}:
                found.add("AccountClosed")
        if any(assets.values()):
            found.add("UnbalancedJournal")
        return found

    def _newly_held(self, posting: Posting, key: Key) -> int:
        placed = sum(hold.amount for hold in posting.place if hold.account == key)
        ended = [self.holds.get((take.client_id, take.hold_id)) for take in posting.take]
        return placed - sum(hold.amount for hold in ended if hold is not None and hold.account == key)

    def _reasons_of(self, account: SimpleAccount, posted: int, held: int) -> set[str]:
        found: set[str] = set()
        if abs(posted) > LARGEST_BALANCE:
            found.add("BalanceTooLarge")
        if account.side == "credit" and posted < held:
            found.add("InsufficientFunds")
        if account.side == "debit" and -posted < held:
            found.add("InsufficientFunds")
        return found

    def take_in(self, posting: Posting) -> None:
        for line in posting.lines:
            self.accounts[line.account].posted += line.amount
        for take in posting.take:
            hold = self.holds.pop((take.client_id, take.hold_id))
            self.accounts[hold.account].held -= hold.amount
        for hold in posting.place:
            self.accounts[hold.account].held += hold.amount
            self.holds[hold.client_id, hold.id] = hold

    def totals(self) -> set[int]:
        """Sums of all accounts per asset and mode; all must be zero."""
        sums: dict[tuple[str, bool], int] = {}
        for account in self.accounts.values():
            sums[account.asset, account.is_test] = sums.get((account.asset, account.is_test), 0) + account.posted
        return set(sums.values())


AMOUNTS = st.one_of(
    st.integers(1, 20), st.integers(1, 400), st.sampled_from([LARGEST_BALANCE, LARGEST_BALANCE - 50, 10**36])
)


@st.composite
def movements(draw: st.DrawFn, keys: list[Key]) -> tuple[Line, ...]:
    """Lines that mostly balance: pairs of a debit and a credit, now and then one alone."""
    lines: list[Line] = []
    for _ in range(draw(st.integers(0, 3))):
        amount = draw(AMOUNTS)
        source, target = draw(st.sampled_from(keys)), draw(st.sampled_from(keys))
        lines += [Line(*source, -amount), Line(*target, amount)]
    if draw(st.integers(0, 9)) == 0:
        lines.append(Line(*draw(st.sampled_from(keys)), draw(st.sampled_from([-3, 3]))))
    return tuple(draw(st.permutations(lines)))


@st.composite
def postings(draw: st.DrawFn, keys: list[Key], holds: list[Hold], client_id: UUID) -> Posting:
    """One posting on those accounts; what it places is added to `holds`, so that later ones may take it."""
    known = list({hold.id: hold for hold in holds}.values())
    taken = draw(st.lists(st.sampled_from(known), max_size=2, unique_by=lambda hold: hold.id)) if known else []
    takes = [
        Take(hold.client_id, hold.account_id, hold.id, draw(st.sampled_from([0, 1, hold.amount, hold.amount, 401])))
        for hold in taken
    ]
    placed = [
        Hold(*_owner_first(draw(st.sampled_from(keys)), ids.new_id()), ids.new_id(), draw(st.integers(1, 60)))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
    ]
    holds.extend(placed)
    return Posting(
        client_id=client_id,
        is_test=draw(st.integers(0, 9)) != 0,
        journal_id=ids.new_id(),
        operation_id=None,
        kind=draw(st.sampled_from(["wallet_transfer", "payout"])),
        description=draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)),
        at=NOW,
        lines=draw(movements(keys)),
        place=tuple(placed),
        take=tuple(takes),
    )


def _owner_first(account: Key, hold_id: UUID) -> tuple[UUID, UUID, UUID]:
    return account[0], hold_id, account[1]
