"""`make bench`: every measurement, one JSON object each. `--rounds`, `--seconds`, `--connections` change its length."""

from __future__ import annotations

import argparse

from bench import lists, transfers
from bench.instance import prepare_pgbench, python, running_instance

WALLETS_EACH = 5


def main() -> None:
    """Runs the chosen measurements against one instance with fsync on and two API processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("only", nargs="*", choices=["transfers", "lists", []], help="which; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--accounts", type=int, default=10_000)
    chosen = parser.parse_args()
    only = set(chosen.only) or {"transfers", "lists"}
    with running_instance() as instance:
        plan = instance.data / "plan.json"
        workspaces = chosen.accounts // WALLETS_EACH
        python(instance, "bench.seed", str(plan), str(instance.port), str(workspaces), str(WALLETS_EACH))
        if "transfers" in only:
            prepare_pgbench(instance)
            numbers = tuple(chosen.connections)
            transfers.measure(instance, plan, connections=numbers, rounds=chosen.rounds, seconds=chosen.seconds)
        if "lists" in only:
            lists.measure(instance, plan, connections=64, rounds=chosen.rounds, seconds=chosen.seconds)


if __name__ == "__main__":
    main()
