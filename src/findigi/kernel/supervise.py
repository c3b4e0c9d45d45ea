"""One parent, named children: started in order, stopped in reverse.

A child that ends by itself ends them all, except one that may be started again: that is, after a pause that doubles
while it keeps ending, and the others go on.

Each child has a session of its own, so that Ctrl-C in the terminal reaches only the parent, which then stops the
children in an order that lets requests and jobs finish before the database goes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Self

_LAST_PORT = 65535
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0  # who ran for this long starts over with the shortest pause
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


class StartError(RuntimeError):
    """Starting is not possible; the text says why and what to do about it."""


def say(text: str) -> None:
    """One line for the person at the terminal, on standard error."""
    sys.stderr.write(f"findigi: {text}\n")
    sys.stderr.flush()


def claim_port(host: str, port: int) -> None:
    """Raise StartError unless `host`:`port` can be bound.

    Granian binds with SO_REUSEPORT, so a second instance of the same user would silently share the port with the
    first. This probe binds without it and says so before anything else is started.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection in TIME_WAIT is not "taken"
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            other = port + 1 if port < _LAST_PORT else 8000
            msg = (
                f"port {port} on {host} cannot be used ({error.strerror}). "
                f"Stop what uses it, or choose another: FINDIGI_PORT={other} make run"
            )
            raise StartError(msg) from None


def die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send `number` to this process when its parent dies. Linux only; elsewhere does nothing."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))


@dataclass(frozen=True)
class Child:
    """A program to start. `grace_seconds` is how long it may take to end after SIGTERM before it is killed.

    `again`: when it ends by itself it is started again, and the others go on. For work that waits safely meanwhile.
    """

    name: str
    argv: Sequence[str]
    grace_seconds: float = 4.0
    again: bool = False


@dataclass
class _Run:
    """A child's process; with `starts_at` it has ended, and its next one starts then."""

    child: Child
    env: Mapping[str, str]
    process: subprocess.Popen[bytes]
    began_at: float
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    starts_at: float | None = None


class Supervisor:
    """`with Supervisor() as s: s.start(child, env) …; status = s.wait()`; leaving the block stops all children."""

    def __init__(self, deadline_seconds: float = 9.0) -> None:
        """`deadline_seconds`: all children together are given this long to stop."""
        self.asked: str | None = None
        self._deadline = deadline_seconds
        self._runs: list[_Run] = []
        self._watched: list[tuple[str, Callable[[], int | None]]] = []
        self._previous: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        """Take over the signals; they only set a flag and wake `wait`."""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._previous[number] = signal.signal(number, self._on_signal)
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        return self

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.asked is None:
            self.asked = signal.Signals(number).name

    def start(self, child: Child, env: Mapping[str, str]) -> None:
        """Start `child` with exactly `env`. Raises OSError when its program does not exist."""
        self._runs.append(_Run(child, env, _spawn(child, env), time.monotonic()))

    def watch(self, name: str, status: Callable[[], int | None]) -> None:
        """Another process of ours, which who calls starts and stops: that it ended (`status` is not None) ends all."""
        self._watched.append((name, status))

    def wait(self) -> int:
        """Block until asked to stop (returns 0) or until one ended that all others need (returns 1)."""
        ended = self.ended()
        while self.asked is None and ended is None:
            pausing = any(run.starts_at is not None for run in self._runs)
            self._doze(_FIRST_PAUSE_SECONDS if pausing else 1.0)  # a net below SIGCHLD, which may arrive just before
            ended = self.ended()
        if self.asked is None:
            say(f"{ended}; stopping everything")
            return 1
        say(f"{self.asked}: stopping (at most {self._deadline:.0f} s)")
        return 0

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> bool:
        """Poll `ready` until it is true; False when asked to stop, one ended that all need, or the time is over."""
        end = time.monotonic() + timeout_seconds
        while self.asked is None and self.ended() is None and time.monotonic() < end:
            if ready():
                return True
            self._doze(0.05)
        return False

    def ended(self) -> str | None:
        """Who ended that all others need, and how; starts again who may be started again."""
        for name, status in self._watched:
            if (found := status()) is not None:
                return f"{name} ended by itself ({_status_text(found)})"
        for run in self._runs:
            if run.starts_at is not None:
                _start_again(run)
            elif (found := run.process.poll()) is not None:
                if not run.child.again:
                    return f"{run.child.name} ended by itself ({_status_text(found)})"
                _pause(run, found)
        return None

    def _doze(self, seconds: float) -> None:
        """Sleep until a signal comes or the time is over."""
        select.select([self._wake_read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def __exit__(self, *_: object) -> None:
        """Stop what runs, last started first, then give the signals back."""
        end = time.monotonic() + self._deadline
        for run in reversed(self._runs):
            if run.starts_at is None:  # else it has ended, and its number may be another's by now
                _stop(run.child, run.process, end)
        self._runs.clear()
        signal.set_wakeup_fd(-1)
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType] -- what signal.signal() returned
        os.close(self._wake_read)
        os.close(self._wake_write)


def _spawn(child: Child, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- argv is put together by this program, never by a request
        list(child.argv),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- no threads here, and libc is loaded
    )


def _pause(run: _Run, status: int) -> None:
    """The child ended: clears away what it left, and says when it is started again."""
    _kill_group(run.process)
    now = time.monotonic()
    if now - run.began_at > _STEADY_SECONDS:
        run.pause_seconds = _FIRST_PAUSE_SECONDS
    say(f"{run.child.name} ended by itself ({_status_text(status)}); starting it again in {run.pause_seconds:g} s")
    run.starts_at = now + run.pause_seconds
    run.pause_seconds = min(2 * run.pause_seconds, _LONGEST_PAUSE_SECONDS)


def _start_again(run: _Run) -> None:
    now = time.monotonic()
    if run.starts_at is not None and now >= run.starts_at:
        run.process, run.began_at, run.starts_at = _spawn(run.child, run.env), now, None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # the child leads its group: no grandchild is left behind, and an empty group is no error
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _stop(child: Child, process: subprocess.Popen[bytes], end: float) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(max(0.1, min(child.grace_seconds, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            say(f"{child.name} did not stop within {child.grace_seconds:.0f} s; killed")
    _kill_group(process)
    process.wait()


def _wake(_number: int, _frame: FrameType | None) -> None:
    """Nothing: that the signal has a handler makes it write to the wake-up pipe."""


def _status_text(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
