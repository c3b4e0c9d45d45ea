from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from tests.support import Program

from findigi.kernel.supervise import StartError, claim_port

# Each child writes its pid, and a line when it ends; the stubborn one ignores SIGTERM and has a child of its own.
# A line is one write: the children share the pipe, and print writes its pieces apart where output is unbuffered.
PARENT = """
import os, sys
from findigi.kernel.supervise import Child, Supervisor
kind = sys.argv[1]
polite = "import os,signal,sys,time\\n" \
    "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, f'{sys.argv[1]} stopped\\\\n'.encode()), sys.exit(0)))\\n" \
    "os.write(1, f'{sys.argv[1]} pid {os.getpid()}\\\\n'.encode())\\ntime.sleep(600)"
stubborn = "import os,signal,subprocess,sys,time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\n" \
    "p=subprocess.Popen([sys.executable,'-c','import time;time.sleep(600)'])\\n" \
    "os.write(1, f'grandchild pid {p.pid}\\\\n{sys.argv[1]} pid {os.getpid()}\\\\n'.encode())\\ntime.sleep(600)"
brief = "import sys\\nprint('brief pid 0', flush=True)\\nsys.exit(3)"
last = {"polite": polite, "stubborn": stubborn, "brief": brief}[kind]
with Supervisor(deadline_seconds=3) as s:
    s.start(Child("first", [sys.executable, "-c", polite, "first"]), os.environ)
    if kind == "brief":
        import time
        while not s.wait_until(lambda: True, 1): pass
    s.start(Child("last", [sys.executable, "-c", last, "last"], grace_seconds=1), os.environ)
    status = s.wait()
sys.exit(status)
"""

# the frail child may be started again; what is watched belongs to who started it
AGAIN = """
import os, subprocess, sys
from findigi.kernel.supervise import Child, Supervisor
wait = "import os,sys,time\\nprint(sys.argv[1], 'pid', os.getpid(), flush=True)\\ntime.sleep(600)"
watched = subprocess.Popen([sys.executable, "-c", wait, "watched"])
with Supervisor(deadline_seconds=3) as s:
    s.watch("something", watched.poll)
    s.start(Child("steady", [sys.executable, "-c", wait, "steady"]), os.environ)
    s.start(Child("frail", [sys.executable, "-c", wait, "frail"], again=True), os.environ)
    status = s.wait()
watched.kill()
watched.wait()
sys.exit(status)
"""


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # a zombie that nobody has waited for yet still answers
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"


def _await_gone(pid: int) -> None:
    end = time.monotonic() + 20
    while not _gone(pid):
        assert time.monotonic() < end, f"process {pid} lives on"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_reverse_order(number: signal.Signals) -> None:
    with Program(["-c", PARENT, "polite"]) as parent:
        parent.line("first pid")
        parent.line("last pid")
        parent.process.send_signal(number)
        assert parent.end() == 0
        stopped = [line for line in parent.lines if line.endswith("stopped")]
        assert stopped == ["last stopped", "first stopped"]


def test_who_does_not_stop_is_killed_with_its_children() -> None:
    with Program(["-c", PARENT, "stubborn"]) as parent:
        grandchild = int(parent.line("grandchild pid").split()[-1])
        child = int(parent.line("last pid").split()[-1])
        parent.process.send_signal(signal.SIGINT)
        assert parent.end() == 0
        assert "last did not stop within 1 s; killed" in parent.text
        _await_gone(child)
        _await_gone(grandchild)


def test_a_child_that_ends_ends_everything_by_name() -> None:
    with Program(["-c", PARENT, "brief"]) as parent:
        assert parent.end() == 1
        assert "last ended by itself (status 3); stopping everything" in parent.text


def _pid(parent: Program, name: str, run: int = 1) -> int:
    """The number of the child's process in its first, second … run."""
    end = time.monotonic() + 30
    while len(found := [line for line in parent.lines if line.startswith(f"{name} pid")]) < run:
        assert time.monotonic() < end, parent.text
        time.sleep(0.02)
    return int(found[run - 1].split()[-1])


def test_a_child_that_may_be_started_again_is_after_ever_longer_pauses() -> None:
    with Program(["-c", AGAIN]) as parent:
        steady = _pid(parent, "steady")
        for run in (1, 2, 3):
            os.kill(_pid(parent, "frail", run), signal.SIGKILL)
        _pid(parent, "frail", 4)
        for pause in ("0.25", "0.5", "1"):
            parent.line(f"frail ended by itself (killed by SIGKILL); starting it again in {pause} s")
        assert not _gone(steady)
        parent.process.send_signal(signal.SIGINT)
        assert parent.end() == 0


def test_who_pauses_is_not_started_while_all_stop() -> None:
    with Program(["-c", AGAIN]) as parent:
        for run in (1, 2, 3):
            os.kill(_pid(parent, "frail", run), signal.SIGKILL)
        parent.line("starting it again in 1 s")
        parent.process.send_signal(signal.SIGINT)
        assert parent.end() == 0
        assert len([line for line in parent.lines if line.startswith("frail pid")]) == 3


def test_the_end_of_what_is_watched_ends_all_by_name() -> None:
    with Program(["-c", AGAIN]) as parent:
        children = [_pid(parent, name) for name in ("steady", "frail")]
        os.kill(_pid(parent, "watched"), signal.SIGKILL)
        assert parent.end() == 1
        assert "something ended by itself (killed by SIGKILL); stopping everything" in parent.text
        assert all(_gone(child) for child in children)


def test_children_die_with_a_killed_parent() -> None:
    with Program(["-c", PARENT, "polite"]) as parent:
        children = [int(parent.line(f"{name} pid").split()[-1]) for name in ("first", "last")]
        parent.process.kill()
        for child in children:
            _await_gone(child)


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as granian does
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(StartError, match=f"port {port} .* FINDIGI_PORT={port + 1} make run"):
            claim_port("127.0.0.1", port)
    claim_port("127.0.0.1", port)
