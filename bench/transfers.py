"""Transfers over HTTP against pgbench's TPC-B on the same server in the same run, interleaved.

Everything is on: JWT, Idempotency-Key on every request, fsync, hash chain, two API processes. Afterwards the ledger is
verified, and the number of 201 answers compared with the number of journals.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path

import asyncpg

from bench.instance import Instance, pgbench, prepare_pgbench, running_instance


def main() -> None:
    """Prints one JSON object per measurement."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=6)
    arguments.add_argument("--connections", type=int, nargs="+", default=[64, 256])
    arguments.add_argument("--workspaces", type=int, default=2000)
    chosen = arguments.parse_args()
    with running_instance() as instance:
        prepare_pgbench(instance)
        plan = instance.data / "plan.json"
        _python(instance, "bench.seed", str(plan), str(instance.port), str(chosen.workspaces), "5")
        before = asyncio.run(_journals(instance.dsn))
        applied = 0
        for connections in chosen.connections:
            applied += _measure(instance, plan, connections, rounds=chosen.rounds, seconds=chosen.seconds)
        _verify(instance, applied, asyncio.run(_journals(instance.dsn)) - before)


def _measure(instance: Instance, plan: Path, connections: int, *, rounds: int, seconds: float) -> int:
    rates: dict[str, list[float]] = {"spread": [], "hot": [], "pgbench": []}
    latencies: dict[str, list[tuple[float, float]]] = {"spread": [], "hot": []}
    applied = 0
    _load(instance, plan, connections, 2, "spread")  # warm caches and prepared statements; its journals count too
    for _ in range(rounds):
        for what in ("spread", "hot"):
            result = _load(instance, plan, connections, seconds, what)
            rates[what].append(result["statuses"].get("201", 0) / result["seconds"])
            latencies[what].append((result["p50_ms"], result["p99_ms"]))
            applied += result["statuses"].get("201", 0)
            if set(result["statuses"]) != {"201"}:
                print(json.dumps({"warning": "other answers", "statuses": result["statuses"]}), file=sys.stderr)
        rates["pgbench"].append(pgbench(instance, connections=connections, seconds=seconds))
    for what in ("spread", "hot"):
        ratios = [ours / peer for ours, peer in zip(rates[what], rates["pgbench"], strict=True)]
        print(
            json.dumps(
                {
                    "bench": f"transfer_{what}",
                    "connections": connections,
                    "applied_per_second": round(statistics.median(rates[what])),
                    "p50_ms": round(statistics.median(p50 for p50, _ in latencies[what]), 1),
                    "p99_ms": round(statistics.median(p99 for _, p99 in latencies[what]), 1),
                    "pgbench_tpcb_per_second": round(statistics.median(rates["pgbench"])),
                    "ratio": round(statistics.median(ratios), 2),
                    "ratios": [round(ratio, 2) for ratio in ratios],
                    "limit": 1.0,
                }
            ),
            flush=True,
        )
    return applied


_WARM: list[int] = []


def _load(instance: Instance, plan: Path, connections: int, seconds: float, what: str) -> dict[str, object]:
    out = _python(instance, "bench.load", str(plan), str(instance.port), str(connections), str(seconds), what)
    result = json.loads(out)
    if seconds == 2:
        _WARM.append(result["statuses"].get("201", 0))
    return result


def _python(instance: Instance, module: str, *arguments: str) -> str:
    env = instance.env | {"FINDIGI_DATABASE_URL": instance.dsn}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


async def _journals(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("select count(*) from journal")
    finally:
        await connection.close()


def _verify(instance: Instance, applied: int, journals: int) -> None:
    verified = _python(instance, "findigi", "ledger", "verify")
    wanted = applied + sum(_WARM)
    print(
        json.dumps(
            {"bench": "verified", "answers_201": wanted, "journals": journals, "ledger": verified.strip()[-200:]}
        )
    )
    if wanted != journals:
        raise SystemExit(f"{wanted} transfers were answered 201 and {journals} journals stand")


if __name__ == "__main__":
    main()
