"""The writer when callers go away, connections die and answers are lost: each submission acts exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from tests.modules.ledger.books import (
    Workspace,
    in_right_books,
    key_of,
    move,
    post,
    posting,
    told,
)

from findigi.kernel import ids
from findigi.kernel.db import Chained, Database
from findigi.kernel.errors import ServiceUnavailable
from findigi.kernel.sets import Part
from findigi.modules.ledger.model import Hold, Posting, Take
from findigi.modules.ledger.service import writer as writer_module
from findigi.modules.ledger.service.writer import Writer


async def test_a_caller_who_goes_away_leaves_effect_and_record(
    database: Database, own: Workspace, writer: Writer
) -> None:
    key = key_of(own, "gone")
    async with database.transaction() as tx:
        await tx.rows("select 1 from account where client_id = $1 for update", own.client_id)
        gone = asyncio.create_task(writer.submit(move(own, 7), key=key, finish=told))
        stays = asyncio.create_task(writer.submit(move(own, 1), key=None, finish=told))
        await waiting_for_a_lock(database)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert (await stays).status == 201
    again = await writer.submit(move(own, 7), key=key, finish=told)
    assert (again.status, again.headers) == (201, ((b"idempotent-replayed", b"true"),))
    await in_right_books(database, own, 992, 8)


async def waiting_for_a_lock(database: Database) -> list[int]:
    """The backends of this database that wait for a lock, once there are some."""
    async with asyncio.timeout(20), database.reading() as tx:
        while True:
            rows = await tx.rows(
                "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if rows:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.01)


def works(own: Workspace, hold: Hold) -> list[Posting]:
    """One of each: lines, a hold placed, a hold captured, a refusal."""
    capture = Take(own.client_id, own.accounts["a"].id, hold.id, 30)
    more = Hold(own.client_id, ids.new_id(), own.accounts["a"].id, ids.new_id(), 40)
    return [
        move(own, 1),
        posting(own.client_id, place=(more,)),
        posting(own.client_id, own.line("a", -30), own.line("b", 30), take=(capture,)),
        move(own, 5_000),
    ]


async def placed(database: Database, own: Workspace, amount: int = 50) -> Hold:
    hold = Hold(own.client_id, ids.new_id(), own.accounts["a"].id, ids.new_id(), amount)
    await post(database, posting(own.client_id, place=(hold,)))
    return hold


@pytest.mark.parametrize("keyed", [True, False])
async def test_a_connection_killed_during_work_acts_once(
    database: Database, own: Workspace, writer: Writer, keyed: bool
) -> None:
    asked = works(own, await placed(database, own))
    async with database.transaction() as tx:
        await tx.rows("select 1 from account where client_id = $1 for update", own.client_id)
        tasks = [
            asyncio.create_task(writer.submit(one, key=key_of(own, str(n)) if keyed else None, finish=told))
            for n, one in enumerate(asked)
        ]
        for pid in await waiting_for_a_lock(database):
            assert await tx.value("select pg_terminate_backend($1)", pid)
    answers = await asyncio.gather(*tasks)
    assert [answer.status for answer in answers] == [201, 201, 201, 422]
    await in_right_books(database, own, 969, 31, held=40)


def lose_next_commit(monkeypatch: pytest.MonkeyPatch, *, times: int = 1) -> None:
    """The next commits happen on the server, and their connections die before the answer."""
    commit = Chained.commit
    left = [times]

    async def lost(lane: Chained, parts: Sequence[Part] = ()) -> None:
        await commit(lane, parts)
        if left[0]:
            left[0] -= 1
            lane.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(Chained, "commit", lost)


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("which", [[0, 1, 2, 3], [0], [1], [2], [3]], ids=["all", "lines", "hold", "taken", "refused"])
async def test_a_connection_lost_between_commit_and_answer_acts_once(
    database: Database,
    own: Workspace,
    writer: Writer,
    monkeypatch: pytest.MonkeyPatch,
    keyed: bool,
    which: list[int],
) -> None:
    asked = works(own, await placed(database, own))
    lose_next_commit(monkeypatch)
    answers = await asyncio.gather(
        *(writer.submit(asked[n], key=key_of(own, str(n)) if keyed else None, finish=told) for n in which)
    )
    assert [answer.status for answer in answers] == [[201, 201, 201, 422][n] for n in which]
    spent = (1 if 0 in which else 0) + (30 if 2 in which else 0)
    held = (40 if 1 in which else 0) + (0 if 2 in which else 50)
    await in_right_books(database, own, 1_000 - spent, spent, held=held)


async def test_a_release_whose_commit_was_not_seen_answers_as_done(
    database: Database, own: Workspace, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = await placed(database, own)
    release = posting(own.client_id, take=(Take(own.client_id, own.accounts["a"].id, hold.id),))
    lose_next_commit(monkeypatch)
    assert (await writer.submit(release, key=None, finish=told)).status == 201
    await in_right_books(database, own, 1_000, 0)


async def test_a_commit_lost_in_a_row_is_still_seen_to_stand(
    database: Database, own: Workspace, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_next_commit(monkeypatch, times=2)
    first, second = await asyncio.gather(
        writer.submit(move(own, 1), key=None, finish=told), writer.submit(move(own, 2), key=None, finish=told)
    )
    third = await writer.submit(move(own, 4), key=None, finish=told)
    assert [first.status, second.status, third.status] == [201, 201, 201]
    await in_right_books(database, own, 993, 7)


async def test_a_deadlock_while_looking_for_a_lost_commit_does_not_forget_it(
    database: Database, own: Workspace, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_all = writer_module.lock_all
    failures = [asyncpg.DeadlockDetectedError("deadlock detected")]

    async def crossed(tx: Any, asked: Any) -> None:
        if failures:
            raise failures.pop()
        await lock_all(tx, asked)

    monkeypatch.setattr(writer_module, "lock_all", crossed)
    lose_next_commit(monkeypatch)
    assert (await writer.submit(move(own, 1), key=None, finish=told)).status == 201
    assert failures == []
    await in_right_books(database, own, 999, 1)


async def test_a_database_that_does_not_come_back_is_said_and_acts_at_most_once(
    database: Database, own: Workspace, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(own, "later")
    with monkeypatch.context() as away:

        async def refused(*_: Any) -> Chained:
            raise ConnectionRefusedError("nobody listens")

        lose_next_commit(away)
        away.setattr(Database, "chained", refused)
        with pytest.raises(ServiceUnavailable):
            await writer.submit(move(own, 1), key=key, finish=told)
    again = await writer.submit(move(own, 1), key=key, finish=told)
    assert (again.status, again.headers) == (201, ((b"idempotent-replayed", b"true"),))
    await in_right_books(database, own, 999, 1)
