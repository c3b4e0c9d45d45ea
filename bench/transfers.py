"""Transfers over HTTP against pgbench's TPC-B on the same server in the same run, interleaved.

Everything is on: JWT, Idempotency-Key on every request, fsync, hash chain, two API processes. Afterwards the ledger is
verified, and the number of 201 answers compared with the number of journals.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from bench.instance import Instance, load, pgbench, python

WARM_SECONDS = 3.0


@dataclass(slots=True)
class _Series:
    rates: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])


def measure(instance: Instance, plan: Path, *, connections: tuple[int, ...], rounds: int, seconds: float) -> None:
    """Prints one JSON object per kind and number of connections; raises SystemExit when the books do not agree."""
    before = asyncio.run(_journals(instance.dsn))
    applied = sum(_at(instance, plan, number, rounds=rounds, seconds=seconds) for number in connections)
    journals = asyncio.run(_journals(instance.dsn)) - before
    verified = python(instance, "findigi", "ledger", "verify").strip()
    print(json.dumps({"bench": "transfers_verified", "answers_201": applied, "journals": journals, "ledger": verified}))
    if applied != journals:
        raise SystemExit(f"{applied} transfers were answered 201 and {journals} journals stand")


def _at(instance: Instance, plan: Path, connections: int, *, rounds: int, seconds: float) -> int:
    ours = {"spread": _Series(), "hot": _Series()}
    peer: list[float] = []
    applied = load(instance, plan, connections, WARM_SECONDS, "spread").statuses.get("201", 0)
    for _ in range(rounds):
        for what, series in ours.items():
            result = load(instance, plan, connections, seconds, what)
            if set(result.statuses) != {"201"}:
                print(json.dumps({"other_answers": result.statuses}), file=sys.stderr)
            applied += result.statuses.get("201", 0)
            series.rates.append(result.statuses.get("201", 0) / result.seconds)
            series.p50.append(result.p50_ms)
            series.p99.append(result.p99_ms)
        peer.append(pgbench(instance, connections=connections, seconds=seconds))
    for what, series in ours.items():
        ratios = [rate / other for rate, other in zip(series.rates, peer, strict=True)]
        row = {
            "bench": f"transfer_{what}",
            "connections": connections,
            "applied_per_second": round(statistics.median(series.rates)),
            "p50_ms": round(statistics.median(series.p50), 1),
            "p99_ms": round(statistics.median(series.p99), 1),
            "peer": "pgbench TPC-B, prepared, as many clients, same server",
            "peer_per_second": round(statistics.median(peer)),
            "ratio": round(statistics.median(ratios), 2),
            "ratios": [round(ratio, 2) for ratio in ratios],
            "limit": 1.0,
        }
        print(json.dumps(row), flush=True)
    return applied


async def _journals(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select count(*) from journal"))
    finally:
        await connection.close()
