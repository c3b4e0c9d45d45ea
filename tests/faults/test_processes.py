"""Processes of the instance ended under load: by kill -9, or asked to.

What ends the instance, and what it outlives: a process that answers requests or does jobs is replaced, and the others
go on; the database and the parent are needed by all, and the next start finds everything.
"""

from __future__ import annotations

import asyncpg
from tests.faults.instance import TWOFA, Instance, descendants, kill, lives, pytestmark_faults, until
from tests.faults.load import Load
from tests.faults.mail import codes, sign_in_with_code

pytestmark = pytestmark_faults

_SENDING_SQL = """
select 1 from pg_stat_activity where application_name = 'findigi worker' and wait_event_type = 'Lock'"""
_TO_SEND_SQL = "select 1 from pgqueuer where entrypoint = 'mail.send'"


async def test_a_killed_api_worker_is_replaced_and_what_it_answered_stands(instance: Instance, load: Load) -> None:
    victim, other = instance.api_workers()
    async with load:
        await load.goes_on()
        kill(victim)
        await until("a new process is there", lambda: len(set(instance.api_workers()) - {victim}) == 2)
        assert other in instance.api_workers()
        await load.goes_on(200)
    await until("both are ready", instance.healthy)
    assert load.unanswered
    assert instance.running.process.poll() is None
    await load.account()


async def test_api_workers_that_keep_dying_end_the_instance_by_name(instance: Instance) -> None:
    survivor = instance.api_workers()[0]  # granian counts the deaths of each of its processes apart

    def ended() -> bool:
        for pid in instance.api_workers():
            if pid != survivor:
                kill(pid)
        return instance.running.process.poll() is not None

    await until("the instance ends", ended)
    assert await instance.end() == 1
    assert "web ended by itself (status 1); stopping everything" in instance.running.text


async def test_a_mail_whose_worker_was_killed_is_sent_once_by_the_next(instance: Instance, load: Load) -> None:
    known = {mail["id"] for mail in await codes(instance)}
    (victim,) = instance.job_workers()
    blocker = await asyncpg.connect(instance.dsn)
    async with blocker.transaction():
        await blocker.execute("lock table sandbox_mail in share mode")  # can be read, and holds up who writes
        challenge = (await instance.sign_in(TWOFA))["challenge_id"]
        await until("the worker is at it", lambda: instance.rows(_SENDING_SQL))
        kill(victim)
        await until("there is a new worker", lambda: set(instance.job_workers()) - {victim})
        async with load:
            await load.goes_on()
        assert not load.unanswered, "the API stopped with the worker"
    await blocker.close()
    await sign_in_with_code(instance, challenge, known)

    async def done() -> bool:
        return not await instance.rows(_TO_SEND_SQL)

    await until("the job is done", done)
    assert len({mail["id"] for mail in await codes(instance)} - known) == 1
    assert "worker ended by itself (killed by SIGKILL); starting it again" in instance.running.text


async def test_a_killed_parent_takes_all_with_it_and_the_next_start_takes_over(instance: Instance, load: Load) -> None:
    async with load:
        await load.goes_on(200)
        left = descendants(instance.running.process.pid)
        kill(instance.running.process.pid)
        await until("all that it started has ended", lambda: not any(lives(pid) for pid in left))
        await instance.end()
    assert load.unanswered
    await instance.start()
    await load.account()


async def test_sigterm_answers_what_it_took_and_ends_well(instance: Instance, load: Load) -> None:
    async with load:
        await load.goes_on(200)
        instance.running.process.terminate()
        assert await instance.end() == 0
    said = instance.running.text
    assert "SIGTERM: stopping" in said
    assert "killed" not in said, said  # the supervisor's word for a child that took too long
    assert "refused to gracefully stop" not in said, said  # granian's for a process of its own
    await instance.start()
    await load.account()
