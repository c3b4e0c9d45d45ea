"""A whole instance in a data folder of its own, its processes by name, and what its database says."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tests.support import ROOT, Program, free_port

from findigi.kernel.postgres import Postgres

GENEROUS_SECONDS = 60.0
ALPHA = ("alpha.tester@findigi.local", "Sandbox-2026!")
TWOFA = ("twofa.tester@findigi.local", "Sandbox-2026!")
TEST_MODE = {"x-findigi-is-test": "true"}
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # else each client would read the machine's certificates

pytestmark_faults = [
    pytest.mark.xdist_group("faults"),  # one process: they share an instance, and a machine has few processors
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc"),
]


class Instance:
    """`python -m findigi run` on a free port, which stays the same over restarts."""

    def __init__(self, data: Path, *, port: int | None = None, **settings: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.dsn = Postgres(data / "postgres").dsn("findigi")
        self._env = {
            "FINDIGI_PORT": str(self.port),
            "FINDIGI_DATA": str(data),
            "FINDIGI_API_WORKERS": "2",
            "FINDIGI_RATE_LIMIT_PER_SECOND": "1000000",
            "FINDIGI_RATE_LIMIT_BURST": "1000000",
            "FINDIGI_AUTH_RATE_LIMIT_PER_MINUTE": "1000000",
            "FINDIGI_LOG_LEVEL": "warning",
            **settings,
        }
        self.program: Program | None = None

    @property
    def running(self) -> Program:
        assert self.program is not None, "the instance was not started"
        return self.program

    def begin(self) -> Program:
        """Starts without waiting for anything."""
        self.program = Program(["-m", "findigi", "run"], self._env)
        return self.program

    async def start(self) -> None:
        await asyncio.to_thread(self.begin().line, "ready at")

    async def end(self) -> int:
        """Waits for its own end; gives its status."""
        with self.running as program:
            return await asyncio.to_thread(program.end, GENEROUS_SECONDS)

    def kill(self) -> None:
        """Ends it whatever its state, with all it started."""
        if self.program is not None:
            left = [self.program.process.pid, *descendants(self.program.process.pid)]
            for pid in left if self.program.process.poll() is None else ():
                kill(pid)
            with self.program:  # closes what its output came through
                self.program.process.wait()

    def api_workers(self) -> list[int]:
        """The processes that answer requests."""
        return [pid for serve in self._named("serve") for pid in descendants(serve)]

    def job_workers(self) -> list[int]:
        """The processes that do jobs; one, unless it has just ended."""
        return self._named("worker")

    def postmaster(self) -> int:
        return int((self.data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    def _named(self, command: str) -> list[int]:
        return [pid for pid in children(self.running.process.pid) if _arguments(pid)[-1:] == [command]]

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Asks the database past the instance."""
        connection = await asyncpg.connect(self.dsn, server_settings={"application_name": "faults"})
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    async def call(self, method: str, path: str, body: object = None, *, token: str = "") -> httpx.Response:
        """A request in test mode on a connection of its own."""
        headers = TEST_MODE | ({"authorization": f"Bearer {token}"} if token else {})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30, verify=_NO_TLS) as http:
            return await http.request(method, path, json=body, headers=headers)

    async def sign_in(self, person: tuple[str, str] = ALPHA) -> dict[str, Any]:
        answer = await self.call("POST", "/api/auth/login", {"email": person[0], "password": person[1]})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def healthy(self) -> bool:
        """Whether every process that answers requests can ask the database."""
        try:
            answers = await asyncio.gather(*(self.call("GET", "/health/ready") for _ in range(16)))
        except httpx.HTTPError:
            return False
        return all(answer.status_code == 200 for answer in answers)

    async def verify(self) -> None:
        """`findigi ledger verify` finds nothing wrong."""
        argv = [sys.executable, "-m", "findigi", "ledger", "verify"]
        env = os.environ | {"FINDIGI_DATABASE_URL": self.dsn, "FINDIGI_DATA": str(self.data)}
        done = await asyncio.to_thread(subprocess.run, argv, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("right: "), done.stdout


async def until(what: str, condition: Callable[[], Any]) -> None:
    """Waits until `condition()` (or what it awaits) is true."""
    try:
        async with asyncio.timeout(GENEROUS_SECONDS):
            while True:
                found = condition()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"never: {what}")


def kill(pid: int) -> None:
    """kill -9; harmless when it has ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def lives(pid: int) -> bool:
    """Whether it runs: neither gone nor waiting to be collected."""
    return _stat(pid) is not None


def children(pid: int) -> list[int]:
    return [each for each, parent in _parents().items() if parent == pid]


def descendants(pid: int) -> list[int]:
    """All that it started, directly or not."""
    parents = _parents()
    found: list[int] = []
    level = {pid}
    while level := {each for each, parent in parents.items() if parent in level}:
        found += sorted(level)
    return found


def _parents() -> dict[int, int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {pid: parent for pid in pids if (parent := _stat(pid)) is not None}


def _arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _stat(pid: int) -> int | None:
    """The parent of a living process."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)
