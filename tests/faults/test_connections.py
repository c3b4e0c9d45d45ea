"""Callers that go away before their answer, and instances side by side."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.instance import Instance, pytestmark_faults, until
from tests.faults.load import Load

pytestmark = pytestmark_faults

PERSON = ("somebody@example.com", "seven-bright-lamps-hum")


async def test_a_caller_that_went_away_gets_the_first_answer_later(instance: Instance, load: Load) -> None:
    for number in range(24):
        _, writer = await asyncio.open_connection("127.0.0.1", instance.port)
        writer.write(load.requests[load.new_key()])
        await writer.drain()
        if number % 2:
            writer.transport.abort()
        else:
            writer.close()
            await writer.wait_closed()
    assert not load.replies
    await until("some took effect all the same", load.standing)
    await load.account()


async def test_instances_stand_side_by_side_and_never_share(instance: Instance, tmp_path: Path) -> None:
    other = Instance(tmp_path / "other", FINDIGI_DEMO="false")
    same_folder = Instance(instance.data)
    same_port = Instance(tmp_path / "third", port=instance.port)
    try:
        await other.start()
        body = {"email": PERSON[0], "password": PERSON[1], "full_name": "Some Body"}
        assert (await other.call("POST", "/api/auth/register", body)).status_code == 201
        assert (await other.sign_in(PERSON))["access_token"]
        answer = await instance.call("POST", "/api/auth/login", {"email": PERSON[0], "password": PERSON[1]})
        assert answer.status_code == 401, answer.text
        for refused in (same_folder, same_port):
            refused.begin()
            assert await refused.end() == 1
            assert "Traceback" not in refused.running.text
        holder = instance.running.process.pid
        assert f"the database in {instance.data / 'postgres'} is in use by process {holder}" in same_folder.running.text
        assert f"port {instance.port} on 127.0.0.1 cannot be used" in same_port.running.text
        assert f"FINDIGI_PORT={instance.port + 1} make run" in same_port.running.text
        assert not (same_port.data / "postgres").exists()
        assert await instance.healthy()
        assert await other.healthy()
    finally:
        for each in (other, same_folder, same_port):
            each.kill()
