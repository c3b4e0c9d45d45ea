"""Helpers that several tests share; no fixtures."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from typing import Self, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def in_own_task(manager: AbstractAsyncContextManager[T]) -> AsyncGenerator[T]:
    """Enter and leave `manager` in one task: pytest-asyncio ends fixtures in another one, which anyio forbids."""
    ready: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def host() -> None:
        try:
            async with manager as value:
                ready.set_result(value)
                await leave.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    task = asyncio.create_task(host())
    try:
        yield await ready
    finally:
        leave.set()
        await task


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A Python program as a child, its output (both streams) read line by line as it comes."""

    def __init__(self, arguments: list[str], env: Mapping[str, str] | None = None) -> None:
        self.process = Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=PIPE,
            stderr=STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def text(self) -> str:
        """All output so far."""
        return "\n".join(self.lines)

    def line(self, part: str, timeout_seconds: float = 60.0) -> str:
        """The first line with `part`, waited for; fails with all output when the program ends without it."""
        with self._news:
            self._news.wait_for(lambda: self._ended or any(part in line for line in self.lines), timeout_seconds)
        found = next((line for line in self.lines if part in line), None)
        assert found is not None, f"no line with {part!r}:\n{self.text}"
        return found

    def end(self, timeout_seconds: float = 30.0) -> int:
        """Wait for the program's own end; returns its status."""
        status = self.process.wait(timeout_seconds)
        self._reader.join(timeout_seconds)
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self._reader.join(5)
        self.process.stdout.close()
