"""A whole instance as a person starts it: `python -m findigi`."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from tests.support import Program, free_port

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Generator[Start]:
    """Starts instances with data in `tmp_path`; kills what a failed test leaves."""
    running: list[Program] = []

    def begin(*arguments: str, port: int, data: Path = tmp_path / "data") -> Program:
        env = {"FINDIGI_PORT": str(port), "FINDIGI_DATA": str(data), "FINDIGI_API_WORKERS": "1"}
        program = Program(["-m", "findigi", *arguments], env)
        running.append(program)
        return program

    yield begin
    for program in running:
        with program:
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_starts_says_where_and_stops(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    program = start(port=port)
    line = program.line("ready at")
    assert f"http://127.0.0.1:{port}" in line
    assert str(tmp_path / "data") in line
    assert httpx.get(f"http://127.0.0.1:{port}/", follow_redirects=True).status_code < 500
    program.process.send_signal(number)
    assert program.end() == 0, program.text
    assert f"{number.name}: stopping" in program.text
    assert "killed" not in program.text
    assert "Traceback" not in program.text


def test_starts_again_on_its_data_with_nothing_to_migrate(start: Start) -> None:
    for migrated in (True, False):
        program = start(port=free_port())
        program.line("ready at")
        assert ("migrated 0001" in program.text) is migrated
        program.process.send_signal(signal.SIGINT)
        assert program.end() == 0, program.text


def test_a_taken_port_is_named_before_anything_starts(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = start("run", port=taken.getsockname()[1])
        assert program.end() == 1
    assert "cannot be used" in program.text
    assert "Traceback" not in program.text
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_second_instance_on_the_same_data_is_refused(start: Start) -> None:
    first = start(port=free_port())
    first.line("ready at")
    second = start(port=free_port())
    assert second.end() == 1
    assert f"in use by process {first.process.pid}" in second.text
    first.process.send_signal(signal.SIGINT)
    assert first.end() == 0, first.text


def test_a_killed_instance_starts_again(start: Start) -> None:
    first = start(port=free_port())
    first.line("ready at")
    first.process.kill()
    first.process.wait()
    second = start(port=free_port())
    second.line("ready at")
    second.process.send_signal(signal.SIGINT)
    assert second.end() == 0, second.text


def test_migrate_alone(start: Start) -> None:
    first = start("migrate", port=free_port())
    assert first.end() == 0, first.text
    assert "applied 0001_pgqueuer.sql" in first.text
    second = start("migrate", port=free_port())
    assert second.end() == 0, second.text
    assert "nothing to apply" in second.text
