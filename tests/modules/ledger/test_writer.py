"""The writer under concurrency, against the rules said simply; who fails fails alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.ledger.books import (
    Workspace,
    fund,
    house_account,
    in_right_books,
    key_of,
    move,
    open_workspace,
    posting,
    told,
)
from tests.modules.ledger.simple_book import SimpleAccount, SimpleBook, postings

from findigi.kernel import ids
from findigi.kernel.answer import Answer
from findigi.kernel.db import Database
from findigi.kernel.errors import IdempotencyKeyReused
from findigi.modules.ledger.model import Hold, Outcome
from findigi.modules.ledger.service.posting import Insert
from findigi.modules.ledger.service.verify import verify_all
from findigi.modules.ledger.service.writer import Writer

DRAFT = """
insert into journal_draft (client_id, is_test, id, description, entries, status, created_by, created_at)
select k.client_id, true, k.id, '', '[]'::jsonb, k.status, k.id, now()
from unnest({}::uuid[], {}::uuid[], {}::text[]) as k (client_id, id, status)"""


async def test_concurrent_submissions_go_in_few_commits_and_all_act(database: Database, own: Workspace) -> None:
    sizes: list[int] = []
    writer = Writer(database, measure=lambda size, _: sizes.append(size))
    await writer.start()
    answers = await asyncio.gather(*(writer.submit(move(own, 1), key=None, finish=told) for _ in range(300)))
    await writer.stop()
    assert {answer.status for answer in answers} == {201}
    numbers = [msgspec.json.decode(answer.body)["number"] for answer in answers]
    assert numbers == list(range(2, 302)), "in the order in which they came"
    assert sum(sizes) == 300
    assert len(sizes) <= 3
    await in_right_books(database, own, 700, 300)


async def test_fifty_at_once_spend_exactly_what_is_there(
    database: Database, own: Workspace, writer: Writer, second_writer: Writer
) -> None:
    """1000 are there; 50 ask for 21 each: 47 can have it."""
    writers = (writer, second_writer)
    answers = await asyncio.gather(
        *(writers[turn % 2].submit(move(own, 21), key=None, finish=told) for turn in range(50))
    )
    assert Counter(answer.status for answer in answers) == {201: 47, 422: 3}
    await in_right_books(database, own, 13, 987)


async def test_fifty_at_once_one_more_than_the_balance_allows(
    database: Database, own: Workspace, writer: Writer
) -> None:
    answers = await asyncio.gather(
        *(writer.submit(move(own, 20), key=None, finish=told) for _ in range(50)),
        writer.submit(move(own, 1), key=None, finish=told),
    )
    assert Counter(answer.status for answer in answers) == {201: 50, 422: 1}
    await in_right_books(database, own, 0, 1_000)


async def test_two_writers_with_the_same_keys_act_once_per_key(
    database: Database, own: Workspace, writer: Writer, second_writer: Writer
) -> None:
    writers = (writer, second_writer)
    tasks = [
        writers[turn % 2].submit(move(own, 1), key=key_of(own, f"key {turn // 6}"), finish=told) for turn in range(240)
    ]
    answers = await asyncio.gather(*tasks)
    for first in range(0, 240, 6):
        same = answers[first : first + 6]
        assert len({(answer.status, answer.body) for answer in same}) == 1
        assert sum(answer.headers == () for answer in same) == 1, "one acted, five are replays"
    await in_right_books(database, own, 960, 40)


async def test_a_key_with_another_body_is_refused_beside_others_in_its_batch(
    database: Database, own: Workspace, writer: Writer
) -> None:
    first, other, bystander = await asyncio.gather(
        writer.submit(move(own, 1), key=key_of(own, "k", b"one"), finish=told),
        writer.submit(move(own, 2), key=key_of(own, "k", b"two"), finish=told),
        writer.submit(move(own, 4), key=None, finish=told),
        return_exceptions=True,
    )
    assert isinstance(other, IdempotencyKeyReused)
    assert isinstance(first, Answer)
    assert isinstance(bystander, Answer)
    await in_right_books(database, own, 995, 5)


async def test_a_refusal_is_recorded_under_its_key(database: Database, own: Workspace, writer: Writer) -> None:
    key = key_of(own, "too much")
    first = await writer.submit(move(own, 5_000), key=key, finish=told)
    await fund(database, own, "a", 9_000)
    again = await writer.submit(move(own, 5_000), key=key, finish=told)
    assert (first.status, first.body) == (again.status, again.body)
    assert first.status == 422


def broken(_: Outcome) -> tuple[Answer, tuple[Insert, ...]]:
    raise LookupError("no answer can be made")


def insert_twice(outcome: Outcome) -> tuple[Answer, tuple[Insert, ...]]:
    row = (ids.new_id(), ids.new_id(), "draft")
    return told(outcome)[0], ((DRAFT, row), (DRAFT, row))


def insert_against_a_check(outcome: Outcome) -> tuple[Answer, tuple[Insert, ...]]:
    return told(outcome)[0], ((DRAFT, (ids.new_id(), ids.new_id(), "lost")),)


@pytest.mark.parametrize(
    ("finish", "error"),
    [
        (broken, LookupError),
        (insert_twice, asyncpg.UniqueViolationError),
        (insert_against_a_check, asyncpg.CheckViolationError),
    ],
)
async def test_who_makes_a_batch_fail_fails_alone(
    database: Database, own: Workspace, writer: Writer, finish: Any, error: type[Exception]
) -> None:
    before = [writer.submit(move(own, 1), key=None, finish=told) for _ in range(3)]
    bad = writer.submit(move(own, 100), key=key_of(own, "bad"), finish=finish)
    after = [writer.submit(move(own, 1), key=key_of(own, f"k{n}"), finish=told) for n in range(3)]
    results = await asyncio.gather(*before, bad, *after, return_exceptions=True)
    assert isinstance(results[3], error)
    assert [r.status for r in results if isinstance(r, Answer)] == [201] * 6
    await in_right_books(database, own, 994, 6)
    again = await writer.submit(move(own, 1), key=key_of(own, "bad"), finish=told)
    assert (again.status, again.headers) == (201, ()), "nothing of the failed one was recorded"


async def test_own_rows_commit_with_the_posting_or_not_at_all(
    database: Database, own: Workspace, writer: Writer
) -> None:
    def finish(outcome: Outcome) -> tuple[Answer, tuple[Insert, ...]]:
        answer, _ = told(outcome)
        rows = ((DRAFT, (own.client_id, ids.new_id(), "draft")),) if answer.status == 201 else ()
        return answer, rows

    await asyncio.gather(*(writer.submit(move(own, 400), key=None, finish=finish) for _ in range(3)))
    async with database.reading() as tx:
        assert await tx.value("select count(*) from journal_draft where client_id = $1", own.client_id) == 2
    await in_right_books(database, own, 200, 800)


async def test_a_closing_writer_finishes_what_waits(database: Database, own: Workspace) -> None:
    writer = Writer(database)
    await writer.start()
    tasks = [asyncio.create_task(writer.submit(move(own, 1), key=None, finish=told)) for _ in range(20)]
    await asyncio.sleep(0)
    await writer.stop()
    assert {(await task).status for task in tasks} == {201}
    await in_right_books(database, own, 980, 20)


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_concurrent_history_ends_as_the_rules_say(
    database: Database, writer: Writer, data: st.DataObject
) -> None:
    """Rounds of concurrent submissions, some repeated with their keys; the writer keeps the order of submission."""
    one, two = await open_workspace(database, a="IDR", b="IDR", s="SGD"), await open_workspace(database, c="IDR")
    live = await open_workspace(database, is_test=False, x="IDR")
    float_account = await house_account(database, f"rail/{one.client_id}", "IDR", side="debit")
    book = SimpleBook()
    for owner in (one, two, live):
        for account in owner.accounts.values():
            book.accounts[owner.client_id, account.id] = SimpleAccount(account.asset, is_test=account.is_test)
    book.accounts[float_account.client_id, float_account.id] = SimpleAccount("IDR", side="debit")
    keys = list(book.accounts)
    first = await fund(database, one, "a", 300)
    for line in first.posting.lines:
        if line.account in book.accounts:
            book.accounts[line.account].posted += line.amount
    holds: list[Hold] = []
    for round_number in range(data.draw(st.integers(1, 4), label="rounds")):
        asked = [data.draw(postings(keys, holds, one.client_id)) for _ in range(data.draw(st.integers(1, 8)))]
        reasons: list[set[str]] = []
        for each in asked:
            reasons.append(book.reasons(each))
            if not reasons[-1]:
                book.take_in(each)
        record = [key_of(one, f"{round_number} {number}") for number in range(len(asked))]
        answers = await asyncio.gather(
            *(writer.submit(each, key=key, finish=told) for each, key in zip(asked, record, strict=True)),
            *(writer.submit(each, key=key, finish=told) for each, key in zip(asked, record, strict=True)),
        )
        assert [a.body for a in answers[: len(asked)]] == [a.body for a in answers[len(asked) :]]
        assert [a.status == 201 for a in answers[: len(asked)]] == [not found for found in reasons]
    async with database.reading() as tx:
        rows = await tx.rows("select client_id, id, posted, held from account")
    found = {(row["client_id"], row["id"]): (int(row["posted"]), int(row["held"])) for row in rows}
    assert {key: found[key] for key in keys} == {key: (a.posted, a.held) for key, a in book.accounts.items()}
    assert (await verify_all(database)).wrong is None


async def test_two_writers_on_crossing_accounts_end_without_a_deadlock(
    database: Database, own: Workspace, writer: Writer, second_writer: Writer
) -> None:
    other = await open_workspace(database)
    await fund(database, other, "a", 1_000)
    tasks = [
        (writer, second_writer)[turn % 2].submit(
            posting(payer.client_id, payer.line("a", -1), payee.line("b", 1)), key=None, finish=told
        )
        for turn in range(200)
        for payer, payee in ((own, other) if turn % 4 < 2 else (other, own),)
    ]
    assert {answer.status for answer in await asyncio.gather(*tasks)} == {201}
    await in_right_books(database, own, 900, 100)
