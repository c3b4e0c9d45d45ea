"""A load generator: N connections, each sends its next request when it has its answer. Raw HTTP/1.1 over uvloop.

The sender runs on the same processors as what it measures, so it does as little as it can: requests are bytes made
from parts, and of an answer it reads the status and the length.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import msgspec
import uvloop


class Plan(msgspec.Struct, frozen=True):
    """What requests are made from: a token, and workspaces with their wallets."""

    token: str
    groups: list[tuple[str, list[str]]]


@dataclass(slots=True)
class Result:
    """What a run gave: answers by status, seconds, and latencies in milliseconds."""

    statuses: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, make: Callable[[], bytes], ends_at: float, done: asyncio.Future[None], run: _Run) -> None:
        self._make = make
        self._ends_at = ends_at
        self._done = done
        self._run = run
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not say so
        self._send()

    def _send(self) -> None:
        if self._transport is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(self._make())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else head_end])
        if len(self._buffer) < head_end + 4 + length:
            return
        now = time.perf_counter()
        self._run.latencies.append(now - self._sent_at)
        self._run.statuses[head[9:12].decode()] += 1
        self._buffer = b""
        if now < self._ends_at:
            self._send()
        else:
            if self._transport is not None:
                self._transport.close()
            if not self._done.done():
                self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        if not self._done.done():
            self._run.statuses["lost"] += 1
            self._done.set_result(None)


@dataclass(slots=True)
class _Run:
    latencies: list[float] = field(default_factory=list[float])
    statuses: Counter[str] = field(default_factory=Counter[str])


async def drive(host: str, port: int, connections: int, seconds: float, make: Callable[[], bytes]) -> Result:
    """Keeps `connections` requests under way for `seconds`."""
    loop = asyncio.get_running_loop()
    run = _Run()
    began = time.perf_counter()
    waiting: list[asyncio.Future[None]] = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        await loop.create_connection(lambda done=done: _Connection(make, began + seconds, done, run), host, port)
    await asyncio.wait_for(asyncio.gather(*waiting), seconds + 30)
    took = time.perf_counter() - began
    latencies = sorted(run.latencies)
    return Result(
        statuses=dict(run.statuses),
        seconds=took,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
    )


def transfers(plan: Plan, *, hot: bool) -> Callable[[], bytes]:
    """Requests for transfers of one unit between random wallets; `hot` sends all of them to one receiver."""
    groups = plan.groups
    receiver = groups[0][1][0]
    prefix = str(random.getrandbits(64))
    number = 0
    head = (
        "POST /api/wallets/transfers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {plan.token}\r\nx-findigi-is-test: true\r\nIdempotency-Key: "
    )

    def make() -> bytes:
        nonlocal number
        number += 1
        client, wallets = groups[random.randrange(len(groups))]
        source, other = random.sample(wallets, 2)
        destination = receiver if hot else other
        if source == destination:
            source = other
        body = (
            f'{{"client_id":"{client}","source_wallet_id":"{source}","destination_wallet_id":"{destination}",'
            '"amount":"0.01","description":"Internal wallet transfer"}'
        )
        return f"{head}{prefix}-{number}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    return make


def reads(plan: Plan, path: str) -> Callable[[], bytes]:
    """The same GET again and again."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {plan.token}\r\n"
        "x-findigi-is-test: true\r\n\r\n"
    ).encode()
    return lambda: request


def main() -> None:
    """`python -m bench.load PLAN PORT CONNECTIONS SECONDS spread|hot|/path` prints the result as JSON."""
    plan_file, port, connections, seconds, what = sys.argv[1:6]
    plan = msgspec.json.decode(Path(plan_file).read_bytes(), type=Plan)
    make = reads(plan, what) if what.startswith("/") else transfers(plan, hot=what == "hot")
    result = uvloop.run(drive("127.0.0.1", int(port), int(connections), float(seconds), make))
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
