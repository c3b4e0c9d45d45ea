"""A running instance for measurements: own data folder and port, fsync on, rate limits out of the way but counted."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import Result
from findigi.kernel.postgres import Postgres, bin_dir


@dataclass(frozen=True, slots=True)
class Instance:
    """Where the instance listens and what it runs on."""

    port: int
    data: Path
    dsn: str
    env: dict[str, str]

    @property
    def socket_folder(self) -> str:
        """The folder of the embedded server's socket."""
        return self.dsn.rpartition("host=")[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_instance(*, api_workers: int = 2) -> Generator[Instance]:
    """Starts `python -m findigi` and stops it at the end."""
    with tempfile.TemporaryDirectory(prefix="findigi-bench-") as folder:
        port, data = free_port(), Path(folder) / "data"
        env = os.environ | {
            "FINDIGI_PORT": str(port),
            "FINDIGI_DATA": str(data),
            "FINDIGI_API_WORKERS": str(api_workers),
            "FINDIGI_RATE_LIMIT_PER_SECOND": "1000000",
            "FINDIGI_RATE_LIMIT_BURST": "1000000",
            "FINDIGI_LOG_LEVEL": "warning",
            "FINDIGI_DEMO": "false",
        }
        process = subprocess.Popen([sys.executable, "-m", "findigi"], env=env)
        try:
            _await(process, port)
            yield Instance(port, data, _dsn(data), env)
        finally:
            process.terminate()
            process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the instance did not start")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the instance did not get ready")


def _dsn(data: Path) -> str:
    return Postgres(data / "postgres").dsn("findigi")


def pgbench(instance: Instance, *, connections: int, seconds: float) -> float:
    """Transactions a second of pgbench's TPC-B on the same server: prepared, as many clients."""
    done = _pg(
        "pgbench", instance, "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(int(seconds)), "pgbench"
    )
    for line in done.splitlines():
        if line.startswith("tps = "):
            return float(line.split()[2])
    raise RuntimeError(f"pgbench gave no figure:\n{done}")


def prepare_pgbench(instance: Instance, *, scale: int = 20) -> None:
    """Makes pgbench's tables in a database of their own."""
    _pg("createdb", instance, "pgbench")
    _pg("pgbench", instance, "-i", "-q", "-s", str(scale), "pgbench")


def _pg(tool: str, instance: Instance, *arguments: str) -> str:
    argv = [str(bin_dir() / tool), "-h", instance.socket_folder, "-U", "postgres", *arguments]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{tool} failed:\n{done.stdout}")
    return done.stdout


def python(instance: Instance, module: str, *arguments: str) -> str:
    """Runs one of our programs beside the instance, on its database, and gives what it printed."""
    env = instance.env | {"FINDIGI_DATABASE_URL": instance.dsn}
    argv = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return done.stdout


def load(instance: Instance, plan: Path, connections: int, seconds: float, what: str) -> Result:
    """Drives the instance from a process of its own: `spread`, `hot` or a path to read."""
    out = python(instance, "bench.load", str(plan), str(instance.port), str(connections), str(seconds), what)
    return Result(**json.loads(out))
