"""Every check that needs no test run, side by side; what a failing one printed is shown, a passing one is one line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
# the slowest first: with two cores the others run beside it
CHECKS: dict[str, list[str]] = {
    "types": [str(BIN / "basedpyright"), "--level", "error"],
    "sql": [sys.executable, "tools/check_sql.py"],
    "architecture": [str(BIN / "lint-imports"), "--no-logo", "--no-cache"],
    "dead code": [str(BIN / "vulture")],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
}


def check(name: str) -> tuple[str, int, str, float]:
    """Run one check: its name, status, output and seconds."""
    began = time.monotonic()
    done = subprocess.run(
        CHECKS[name], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return name, done.returncode, done.stdout, time.monotonic() - began


def main() -> int:
    """Run all; returns 1 when any failed."""
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        results = list(pool.map(check, CHECKS))
    for name, status, output, seconds in results:
        print(f"{'ok    ' if status == 0 else 'FAILED'} {name} ({seconds:.1f} s)")
        if status:
            print(output.rstrip())
    return 1 if any(status for _, status, _, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())
