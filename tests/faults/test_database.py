"""The database taken away under load: one of its processes, all of it, or every connection to it."""

from __future__ import annotations

from tests.faults.instance import ALPHA, Instance, kill, lives, pytestmark_faults, until
from tests.faults.load import Load
from tests.faults.mail import code_arrives

pytestmark = pytestmark_faults

_COMMITTING_SQL = """
select pid from pg_stat_activity
where application_name = 'findigi web' and query like '/* write and commit */%' and state = 'active'"""
_TERMINATE_SQL = """
select pg_terminate_backend(pid, $1) from pg_stat_activity
where application_name like 'findigi%' and pid <> pg_backend_pid()"""


async def test_a_killed_backend_costs_nothing_that_was_answered(instance: Instance, load: Load) -> None:
    committing: list[int] = []

    async def seen() -> bool:
        committing[:] = [row["pid"] for row in await instance.rows(_COMMITTING_SQL)]
        return bool(committing)

    async with load:
        await load.goes_on()
        await until("a batch commits", seen)
        kill(committing[0])  # the server then ends all its other processes, and recovers from its log
        await until("that process has ended", lambda: not lives(committing[0]))
        await load.goes_on(200)
    await until("all are ready", instance.healthy)
    await load.account()
    await code_arrives(instance)
    assert instance.running.process.poll() is None


async def test_a_killed_server_ends_the_instance_and_the_next_start_finds_everything(
    instance: Instance, load: Load
) -> None:
    async with load:
        await load.goes_on(200)
        kill(instance.postmaster())
        assert await instance.end() == 1
    assert "PostgreSQL ended by itself (killed by SIGKILL); stopping everything" in instance.running.text
    assert load.unanswered or load.statuses[503]
    await instance.start()
    await load.account()


async def test_lost_connections_are_made_again_without_a_restart(instance: Instance, load: Load) -> None:
    workers = instance.api_workers()
    async with load:
        for _ in range(8):  # each finds connections in other states
            await load.goes_on(40)
            assert len(await instance.rows(_TERMINATE_SQL, 0)) > len(workers)
        await load.goes_on(200)
    assert not load.unanswered, "a request was dropped, not answered"
    await until("all are ready", instance.healthy)
    assert instance.api_workers() == workers
    await load.account()
    await code_arrives(instance)


async def test_a_session_ended_while_nobody_listens_is_refused_everywhere(instance: Instance) -> None:
    token = (await instance.sign_in(ALPHA))["access_token"]

    async def statuses() -> set[int]:
        # connections are spread over the processes: each gets some
        return {(await instance.call("GET", "/api/auth/me", token=token)).status_code for _ in range(48)}

    async def signed_out() -> bool:
        answer = await instance.call("POST", "/api/auth/logout", token=token)
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200

    assert await statuses() == {200}  # each process has seen the session
    await instance.rows(_TERMINATE_SQL, 10_000)  # waits until they have ended: and now hears nothing about it
    await until("signed out", signed_out)
    assert 200 not in await statuses()
    await until("all are ready", instance.healthy)
    assert await statuses() == {401}
