from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from pgqueuer import PgQueuer
from pydantic import SecretStr
from tests.support import Program

from findigi.kernel.db import Database
from findigi.kernel.jobs import Job, JobEnv, Schedule, enqueue, run_worker
from findigi.kernel.settings import Settings

NewDatabase = Callable[[bool], Awaitable[str]]
PATIENCE_SECONDS = 60.0  # a bound for a broken run, not a measure


@pytest_asyncio.fixture
async def queue(new_database: NewDatabase) -> AsyncGenerator[Database]:
    """A database of its own: workers take whatever is queued in theirs."""
    database = Database(await new_database(True), size=4)
    await database.open()
    async with database.transaction() as tx:
        await tx.run("create table noted (id bigserial, payload text, attempt int, worker text)")
    yield database
    await database.close()


@pytest.fixture
def worker(queue: Database, tmp_path: Path) -> Callable[[str], Program]:
    def start(name: str) -> Program:
        env = {"FINDIGI_DATABASE_URL": queue.dsn, "FINDIGI_DATA": str(tmp_path), "FINDIGI_ENVIRONMENT": "test"}
        return Program(["-m", "tests.kernel.jobs_worker", name], env)

    return start


async def _put(queue: Database, job: str, payload: bytes = b"p") -> None:
    async with queue.transaction() as tx:
        assert await enqueue(tx, job, payload) is not None


async def _until(queue: Database, condition: str) -> None:
    async def poll() -> None:
        async with queue.reading() as tx:
            while not await tx.value(f"select {condition}"):  # noqa: ASYNC110 -- another process changes it
                await asyncio.sleep(0.02)

    await asyncio.wait_for(poll(), PATIENCE_SECONDS)


async def _put_until(queue: Database, job: str, condition: str) -> int:
    """Puts one job after the other until the condition holds (which worker takes which is theirs); gives how many."""
    put = 0

    async def keep_putting() -> None:
        nonlocal put
        async with queue.reading() as tx:
            while not await tx.value(f"select {condition}"):
                await _put(queue, job)
                put += 1
                await asyncio.sleep(0.05)

    await asyncio.wait_for(keep_putting(), PATIENCE_SECONDS)
    return put


async def _notes(queue: Database) -> list[tuple[str, int, str]]:
    async with queue.reading() as tx:
        rows = await tx.rows("select payload, attempt, worker from noted order by id")
    return [(row["payload"], row["attempt"], row["worker"]) for row in rows]


async def test_a_job_rolls_back_with_its_transaction(queue: Database) -> None:
    async def write_and_fail() -> None:
        async with queue.transaction() as tx:
            await enqueue(tx, "note", b"lost")
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    async with queue.reading() as tx:
        assert await tx.value("select count(*) from pgqueuer") == 0


async def test_a_dedupe_key_waits_once(queue: Database) -> None:
    async with queue.transaction() as tx:
        assert await enqueue(tx, "note", b"a", dedupe_key="k") is not None
        assert await enqueue(tx, "note", b"b", dedupe_key="k") is None
        assert await enqueue(tx, "note", b"c", dedupe_key="other", delay=timedelta(hours=1)) is not None
        assert await tx.value("select count(*) from pgqueuer where execute_after > now()") == 1
        assert await tx.value("select count(*) from pgqueuer where headers is not null") == 0


async def test_jobs_run_and_are_retried_and_held(queue: Database, worker: Callable[[str], Program]) -> None:
    await _put(queue, "note")
    await _put(queue, "fail_twice", b"twice")
    await _put(queue, "fail_always", b"always")
    with worker("one") as program:
        program.line("worker_started")
        await _until(queue, "count(*) = 6 from noted")
        await _until(queue, "not exists (select from pgqueuer where status <> 'failed')")
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 0, program.text
    notes = await _notes(queue)
    assert [attempt for payload, attempt, _ in notes if payload == "twice"] == [1, 2, 3]
    assert [attempt for payload, attempt, _ in notes if payload == "always"] == [1, 2]
    async with queue.reading() as tx:
        assert await tx.value("select entrypoint from pgqueuer where status = 'failed'") == "fail_always"


async def test_a_killed_workers_job_comes_back(queue: Database, worker: Callable[[str], Program]) -> None:
    with worker("victim") as victim, worker("heir") as heir:
        victim.line("worker_started")
        heir.line("worker_started")
        put = await _put_until(queue, "hang", "exists (select from noted where worker = 'victim')")
        victim.process.kill()
        await _until(queue, "not exists (select from pgqueuer)")
        heir.process.send_signal(signal.SIGTERM)
        assert heir.end() == 0, heir.text
    assert len([note for note in await _notes(queue) if note[2] == "heir"]) == put


async def test_sigterm_lets_running_jobs_finish(queue: Database, worker: Callable[[str], Program]) -> None:
    with worker("one") as program:
        program.line("worker_started")
        await _put(queue, "short", b"finished")
        await _until(queue, "exists (select from noted)")
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 0, program.text
    assert [payload for payload, _, _ in await _notes(queue)] == ["began", "finished"]
    async with queue.reading() as tx:
        assert await tx.value("select count(*) from pgqueuer") == 0


async def test_a_schedule_enqueues_its_job(queue: Database, worker: Callable[[str], Program]) -> None:
    with worker("ticking") as program:
        program.line("worker_started")
        await _until(queue, "count(*) >= 2 from noted where payload = 'tick'")
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 0, program.text


async def test_a_schedule_without_its_job_is_refused(settings: Settings, queue: Database) -> None:
    async def nothing(_env: JobEnv, _payload: bytes) -> None: ...

    with pytest.raises(ValueError, match=r"without a job: \['absent'\]"):
        await run_worker(settings, queue, [Job("present", nothing)], [Schedule("absent", "* * * * *")])


async def test_a_worker_ends_when_pgqueuer_keeps_a_connection(
    settings: Settings, queue: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[asyncpg.Pool[asyncpg.Record]] = []
    from_pool = PgQueuer.from_asyncpg_pool

    def remember(pool: asyncpg.Pool[asyncpg.Record]) -> PgQueuer:
        pools.append(pool)
        return from_pool(pool)

    async def lose(_queue: PgQueuer, **_: object) -> None:
        await pools[0].acquire()  # as its listener does, and never gives back what was lost
        raise ConnectionResetError

    monkeypatch.setattr(PgQueuer, "from_asyncpg_pool", remember)
    monkeypatch.setattr(PgQueuer, "run", lose)
    own = settings.model_copy(update={"database_url": SecretStr(queue.dsn)})
    try:
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(run_worker(own, queue, []), PATIENCE_SECONDS)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
