"""The writer: postings of concurrent requests gather while the last commit runs, and go as one transaction.

Its connection is always inside a transaction that has done nothing yet (`COMMIT AND CHAIN` ends one and begins the
next in one round trip; without a statement it holds neither a snapshot nor a lock), so a batch costs two round trips:
lock and read, then write and commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import structlog

from findigi.kernel.answer import Answer
from findigi.kernel.clock import utc_now
from findigi.kernel.db import RETRYABLE, UNREACHABLE, Chained, Database, Tx
from findigi.kernel.errors import Refusal, ServiceUnavailable
from findigi.kernel.idempotency import Key
from findigi.modules.ledger.model import Posting
from findigi.modules.ledger.service.posting import Decided, Finish, Submission, committed, lock_all, settle

log = structlog.get_logger(__name__)

LARGEST_BATCH: Final = 256
MOST_WAITING: Final = 20_000
LINGER_SECONDS: Final = 0.002
ATTEMPTS: Final = 12
RECONNECTS: Final = 3  # after waits of 0.1 and 0.2 s the callers are told
SETTINGS: Final = {
    # Planned once for all sizes, and by the indexes even while the tables are empty and nobody has analysed them.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "lock_timeout": "5s",
    "statement_timeout": "20s",
}

Waiting: TypeAlias = tuple[Submission, asyncio.Future[Answer]]
Measure: TypeAlias = Callable[[int, float], None]


class Writer:
    """One per process. `submit` answers when the posting has been committed, or refused."""

    def __init__(self, database: Database, *, measure: Measure | None = None) -> None:
        self._database = database
        self._measure = measure
        self._waiting: list[Waiting] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._lane: Chained | None = None
        self._committing: Decided | None = None
        self._enough = 1
        self._closing = False

    async def start(self) -> None:
        """Connects and begins to work."""
        await self._connect()
        self._task = asyncio.create_task(self._work(), name="ledger-writer")

    async def stop(self) -> None:
        """Finishes what waits, then closes the connection."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._disconnect()

    async def submit(self, posting: Posting, *, key: Key | None, finish: Finish) -> Answer:
        """The answer that `finish` makes of the posting's outcome, after its batch has committed.

        Raises the refusal of a key that was used for another body.
        Raises ServiceUnavailable when too many wait already or the database cannot be reached: nothing was done then,
        or the outcome is in the record of the idempotency key.
        """
        if self._closing or len(self._waiting) >= MOST_WAITING:
            raise ServiceUnavailable(retry_after=1)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((Submission(posting, key, finish), future))
        if len(self._waiting) >= self._enough:
            self._wake.set()
        return await future

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            if batch:
                began = loop.time()
                await self._settle(batch)
                if self._measure is not None:
                    self._measure(len(batch), loop.time() - began)
            elif self._closing:
                return
            self._expect(loop, len(batch))

    def _expect(self, loop: asyncio.AbstractEventLoop, answered: int) -> None:
        """Says how many make the next batch: half of those answered just now and those waiting, after LINGER any.

        Callers who were answered together ask again together. Taking the few who happen to be first would make small
        batches follow large ones, and each costs the same round trips. Who is alone never waits.
        """
        self._enough = max(1, min((answered + len(self._waiting)) // 2, LARGEST_BATCH))
        if self._closing or len(self._waiting) >= self._enough:
            self._wake.set()
        elif self._enough > 1:
            loop.call_later(LINGER_SECONDS, self._wake.set)

    async def _settle(self, batch: Sequence[Waiting]) -> None:
        try:
            answers = await self._apply_with_retries([submission for submission, _ in batch])
        except UNREACHABLE as error:
            log.exception("ledger_unreachable", waiting=len(batch))
            for _, future in batch:
                _fail(future, ServiceUnavailable(retry_after=2), error)
        except Exception as error:
            log.exception("ledger_batch_failed", size=len(batch))
            if len(batch) == 1:
                _fail(batch[0][1], error, None)
                return
            for one in batch:  # whoever is at fault fails alone
                await self._settle([one])
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                _answer(future, answer)

    async def _apply_with_retries(self, submissions: Sequence[Submission]) -> list[Answer | Refusal]:
        self._committing = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._apply(self._lane or await self._connect(), submissions)
            except RETRYABLE as error:
                # Rolled back for certain: another process used a key first, or its locks crossed ours.
                log.debug("ledger_batch_again", error=repr(error), attempt=attempt)
                await self._begin_again()  # also after the last attempt: the next batch is somebody else's
                if attempt == ATTEMPTS:
                    raise
            except UNREACHABLE as error:
                self._disconnect()
                if attempt >= RECONNECTS or self._closing:
                    raise
                log.warning("ledger_connection_lost", error=repr(error))
                await asyncio.sleep(0.1 * attempt)
            except BaseException:
                self._disconnect()
                raise
        raise AssertionError("the last attempt returns or raises")

    async def _apply(self, lane: Chained, submissions: Sequence[Submission]) -> list[Answer | Refusal]:
        before = self._committing
        if before is not None and await self._stands(lane.tx, submissions, before.transaction_id):
            await lane.roll_back()
            return before.answers
        self._committing = None
        decided = await settle(lane.tx, submissions, utc_now())
        self._committing = decided
        await lane.commit(decided.parts)
        return decided.answers

    async def _stands(self, tx: Tx, submissions: Sequence[Submission], transaction_id: str) -> bool:
        """Whether the batch whose COMMIT we lost sight of did commit.

        Its locks are taken first: they are free only when the lost backend has ended, one way or the other.
        """
        await lock_all(tx, [s.posting for s in submissions])
        return await committed(tx, transaction_id)

    async def _connect(self) -> Chained:
        self._lane = await self._database.chained(SETTINGS)
        return self._lane

    def _disconnect(self) -> None:
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.terminate()

    async def _begin_again(self) -> None:
        if self._lane is None:
            return
        try:
            await self._lane.roll_back()
        except UNREACHABLE as error:
            log.warning("ledger_connection_lost", error=repr(error))
            self._disconnect()


def _answer(future: asyncio.Future[Answer], answer: Answer | Refusal) -> None:
    if future.done():
        return  # the caller went away; the effect and its record stand
    if isinstance(answer, Refusal):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _fail(future: asyncio.Future[Answer], error: Exception, cause: Exception | None) -> None:
    if not future.done():
        error.__cause__ = cause
        future.set_exception(error)
