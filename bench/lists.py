"""A list of 20 transactions against a bare endpoint of the same framework, server and number of processes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from litestar import Litestar, get

from bench.instance import Instance, free_port, load


@get("/")
async def bare() -> dict[str, bool]:
    """The least that an endpoint can do."""
    return {"ok": True}


def create_app() -> Litestar:
    """The bare application."""
    return Litestar([bare], openapi_config=None, logging_config=None)


def measure(instance: Instance, plan: Path, *, connections: int, rounds: int, seconds: float) -> None:
    """Prints one JSON object: requests a second of both and their ratio."""
    client = json.loads(plan.read_text())["groups"][0][0]
    path = f"/api/transactions?limit=20&client_id={client}"
    with _bare_instance(instance) as other:
        ours: list[float] = []
        peer: list[float] = []
        for _ in range(rounds):
            ours.append(_rate(instance, plan, connections, seconds, path))
            peer.append(_rate(other, plan, connections, seconds, "/"))
    ratios = [rate / bare_rate for rate, bare_rate in zip(ours, peer, strict=True)]
    row = {
        "bench": "list_transactions",
        "connections": connections,
        "requests_per_second": round(statistics.median(ours)),
        "peer": "a bare endpoint of the same framework",
        "peer_per_second": round(statistics.median(peer)),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "limit": 0.4,
    }
    print(json.dumps(row), flush=True)


def _rate(instance: Instance, plan: Path, connections: int, seconds: float, path: str) -> float:
    result = load(instance, plan, connections, seconds, path)
    if set(result.statuses) != {"200"}:
        raise SystemExit(f"{path} was answered {result.statuses}")
    return result.statuses["200"] / result.seconds


@contextmanager
def _bare_instance(like: Instance) -> Generator[Instance]:
    port = free_port()
    argv = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--loop", "uvloop", "--workers", "2",
        "--runtime-threads", "1", "--no-access-log", "--log-level", "warning", "--host", "127.0.0.1",
        "--port", str(port), "bench.lists:create_app",
    ]  # fmt: skip
    process = subprocess.Popen(argv)
    try:
        _await(port)
        yield replace(like, port=port)
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the bare application did not start")
