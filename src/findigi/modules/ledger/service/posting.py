"""Posting: lock, decide, write. The same steps serve a single posting in a caller's transaction and a whole batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from findigi.kernel.answer import Answer
from findigi.kernel.db import Tx
from findigi.kernel.errors import Refusal
from findigi.kernel.idempotency import Key, record_part, replay
from findigi.kernel.sets import Part, set_part
from findigi.modules.ledger.model import Book, Journal, Outcome, Posting, decide
from findigi.modules.ledger.store import posting as rows

Insert: TypeAlias = tuple[str, tuple[Any, ...]]
"""A row of the caller's own: the set-insert it belongs to (SQL over `unnest`, `{}` per column) and its values."""


Finish: TypeAlias = Callable[[Outcome], tuple[Answer, tuple[Insert, ...]]]
"""Pure: turns an outcome into the answer and the caller's own rows, written in the same transaction."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A posting, its idempotency key, and what the caller makes of its outcome."""

    posting: Posting
    key: Key | None
    finish: Finish


@dataclass(frozen=True, slots=True)
class Decided:
    """A batch that is locked and decided: answers in its order, what is left to write, and the transaction's id."""

    answers: list[Answer | Refusal]
    parts: list[Part]
    transaction_id: str


async def post(tx: Tx, postings: Sequence[Posting]) -> list[Outcome]:
    """Posts in the caller's transaction, in order; a refused posting is an outcome and leaves no trace."""
    book, _, _ = await _lock(tx, postings, ())
    outcomes = decide(book, postings)
    await tx.run_together(rows.writes(book, [o for o in outcomes if isinstance(o, Journal)]))
    return outcomes


async def post_one(tx: Tx, posting: Posting) -> Journal:
    """Posts one in the caller's transaction; raises its refusal."""
    (outcome,) = await post(tx, (posting,))
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def settle(tx: Tx, submissions: Sequence[Submission], now: datetime) -> Decided:
    """Locks and decides a batch in the caller's transaction, who then writes the parts: one round trip each.

    Keys that were used before, or earlier in the same batch, are answered from the record.
    """
    keys = [s.key for s in submissions if s.key is not None]
    book, known, transaction_id = await _lock(tx, [s.posting for s in submissions], keys)
    answers: list[Answer | Refusal] = []
    journals: list[Journal] = []
    records: list[tuple[Key, Answer]] = []
    inserts: dict[str, list[tuple[Any, ...]]] = {}
    for submission in submissions:
        key = submission.key
        if key is not None and key.scope in known:
            answers.append(_replayed(key, known[key.scope]))
            continue
        (outcome,) = decide(book, (submission.posting,))
        if isinstance(outcome, Journal):
            journals.append(outcome)
        answer, own_rows = submission.finish(outcome)
        for sql, row in own_rows:
            inserts.setdefault(sql, []).append(row)
        if key is not None:
            records.append((key, answer))
            known[key.scope] = (key.request_hash, answer.status, answer.body)
        answers.append(answer)
    parts = rows.writes(book, journals)
    parts += [set_part(sql, found) for sql, found in inserts.items()]
    if records:
        parts.append(record_part(records, now))
    return Decided(answers, parts, transaction_id)


async def lock_all(tx: Tx, postings: Sequence[Posting]) -> None:
    """Waits until everything that these postings touch is ours."""
    await _lock(tx, postings, ())


async def committed(tx: Tx, transaction_id: str) -> bool:
    """Whether that transaction committed. Raises TimeoutError while it still runs."""
    status = await rows.transaction_status(tx, transaction_id)
    if status == "in progress":
        raise TimeoutError(f"transaction {transaction_id} has not ended yet")
    return status == "committed"


async def _lock(
    tx: Tx, postings: Sequence[Posting], keys: Sequence[Key]
) -> tuple[Book, dict[tuple[UUID, bool, str, str], tuple[bytes, int, bytes]], str]:
    chains = {(p.client_id, p.is_test) for p in postings if p.lines}
    accounts = {line.account for p in postings for line in p.lines}
    accounts.update(hold.account for p in postings for hold in p.place)
    accounts.update((take.client_id, take.account_id) for p in postings for take in p.take)
    holds = {(take.client_id, take.hold_id) for p in postings for take in p.take}
    return await rows.lock(tx, chains=list(chains), accounts=list(accounts), holds=list(holds), keys=keys)


def _replayed(key: Key, record: tuple[bytes, int, bytes]) -> Answer | Refusal:
    try:
        return replay(key, *record)
    except Refusal as refusal:
        return refusal
