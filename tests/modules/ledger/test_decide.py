"""`decide` against the same rules said simply, over any sequence of postings."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modules.ledger.books import NOW, posting
from tests.modules.ledger.simple_book import Key, SimpleAccount, SimpleBook, postings

from findigi.kernel import ids
from findigi.kernel.errors import Refusal
from findigi.modules.ledger.model import (
    GENESIS,
    Balance,
    Book,
    Head,
    Hold,
    Journal,
    Line,
    Posting,
    Side,
    chain_hash,
    decide,
)

CLIENT, OTHER, HOUSE_LIKE = ids.new_id(), ids.new_id(), ids.new_id()
ACCOUNTS = [
    (CLIENT, SimpleAccount("IDR")),
    (CLIENT, SimpleAccount("IDR")),
    (CLIENT, SimpleAccount("SGD")),
    (OTHER, SimpleAccount("IDR")),
    (OTHER, SimpleAccount("IDR", open=False)),
    (CLIENT, SimpleAccount("IDR", is_test=False)),
    (HOUSE_LIKE, SimpleAccount("IDR", side="both")),
    (HOUSE_LIKE, SimpleAccount("SGD", side="both")),
    (HOUSE_LIKE, SimpleAccount("IDR", side="debit")),
    (HOUSE_LIKE, SimpleAccount("IDR", side="both", is_test=False)),
]
KEYS: list[Key] = [(owner, ids.new_id()) for owner, _ in ACCOUNTS]
NOWHERE: Key = (CLIENT, ids.new_id())
FUNDED = posting(
    CLIENT,
    *(Line(*KEYS[place], amount) for place, amount in ((6, -500), (0, 300), (1, 200), (7, -90), (2, 90))),
)


def new_books() -> tuple[Book, SimpleBook]:
    simple = SimpleBook({key: copy.copy(account) for key, (_, account) in zip(KEYS, ACCOUNTS, strict=True)})
    book = Book()
    for key, account in simple.accounts.items():
        status = "open" if account.open else "closed"
        book.balances[key] = Balance(account.asset, Side(account.side), status, account.is_test, 0, 0, 0)
    book.heads = {(CLIENT, True): Head(), (CLIENT, False): Head()}
    return book, simple


def state(book: Book) -> Any:
    balances = {key: (b.posted, b.held, b.entry_count) for key, b in book.balances.items()}
    return balances, {key: (head.count, head.hash) for key, head in book.heads.items()}, dict(book.holds)


def unlike(book: Book, simple: SimpleBook) -> list[Key]:
    return [
        key
        for key, account in simple.accounts.items()
        if (book.balances[key].posted, book.balances[key].held) != (account.posted, account.held)
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Posting]:
    holds: list[Hold] = []
    often = KEYS[:4] * 3 + KEYS + [NOWHERE]
    return [FUNDED] + [draw(postings(often, holds, CLIENT)) for _ in range(draw(st.integers(1, 12)))]


@given(histories())
@settings(max_examples=200, deadline=None)
def test_any_history_is_decided_as_the_rules_say(history: list[Posting]) -> None:
    book, simple = new_books()
    entry_counts = dict.fromkeys(KEYS, 0)
    heads = {True: (0, GENESIS), False: (0, GENESIS)}
    for asked in history:
        before = state(book)
        reasons = simple.reasons(asked)
        (outcome,) = decide(book, [asked])
        if isinstance(outcome, Refusal):
            assert type(outcome).__name__ in reasons
            assert state(book) == before, "a refused posting leaves the book as it was"
            continue
        assert reasons == set()
        simple.take_in(asked)
        assert unlike(book, simple) == []
        assert book.holds == simple.holds
        assert simple.totals() <= {0}
        assert [(entry.client_id, entry.account_id, entry.amount) for entry in outcome.entries] == [
            (line.client_id, line.account_id, line.amount) for line in asked.lines
        ]
        for entry in outcome.entries:
            entry_counts[entry.client_id, entry.account_id] += 1
            assert entry.number == entry_counts[entry.client_id, entry.account_id]
        if asked.lines:
            number, last = heads[asked.is_test]
            assert (outcome.number, outcome.hash) == (number + 1, chain_hash(last, asked, number + 1, outcome.entries))
            heads[asked.is_test] = (outcome.number, outcome.hash)
    assert {mode: (book.heads[CLIENT, mode].count, book.heads[CLIENT, mode].hash) for mode in heads} == heads


@given(histories())
@settings(max_examples=50, deadline=None)
def test_a_batch_is_decided_as_its_postings_one_by_one(history: list[Posting]) -> None:
    (at_once, _), (singly, _) = new_books(), new_books()
    together = decide(at_once, history)
    alone = [decide(singly, [asked])[0] for asked in history]
    assert [type(outcome) for outcome in together] == [type(outcome) for outcome in alone]
    assert [o for o in together if isinstance(o, Journal)] == [o for o in alone if isinstance(o, Journal)]
    assert state(at_once) == state(singly)


OTHER_VALUES: dict[str, Any] = {
    "client_id": OTHER,
    "is_test": False,
    "journal_id": ids.new_id(),
    "operation_id": ids.new_id(),
    "reverses_id": ids.new_id(),
    "kind": "wallet_transfe",
    "description": "r",
    "at": NOW.replace(microsecond=1),
}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_every_field_of_a_journal_is_in_its_hash(name: str) -> None:
    journal = decided(FUNDED)
    changed: Posting = replace(FUNDED, **{name: OTHER_VALUES[name]})
    assert chain_hash(GENESIS, changed, 1, journal.entries) != journal.hash


def test_every_entry_the_number_and_the_hash_before_are_in_the_hash() -> None:
    journal = decided(FUNDED)
    first, *rest = journal.entries
    other_entries = [
        rest,
        [*rest, first],
        [replace(first, amount=first.amount + 1), *rest],
        [replace(first, asset="SGD"), *rest],
        [replace(first, account_id=NOWHERE[1]), *rest],
        [replace(first, client_id=OTHER), *rest],
    ]
    hashes = [chain_hash(GENESIS, FUNDED, 1, entries) for entries in other_entries]
    hashes += [
        journal.hash,
        chain_hash(GENESIS, FUNDED, 2, journal.entries),
        chain_hash(journal.hash, FUNDED, 1, journal.entries),
        # the same letters in other fields
        chain_hash(GENESIS, replace(FUNDED, kind="", description=FUNDED.kind), 1, journal.entries),
    ]
    assert len(set(hashes)) == len(hashes)


def decided(asked: Posting) -> Journal:
    (journal,) = decide(new_books()[0], [asked])
    assert isinstance(journal, Journal)
    return journal
