"""The map (.importlinter) is kept, and every rule of it is seen to fail on a planted tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import ROOT

LINT = (
    "import sys; import importlinter.api; from importlinter.application.use_cases import lint_imports; "
    "sys.exit(0 if lint_imports('.importlinter', cache_dir=None, no_logo=True) else 1)"
)
TREE = {
    "main.py": "from findigi.modules.transfers import routes",
    "worker.py": "from findigi.modules.transfers import jobs",
    "cli.py": "from findigi.kernel import db",
    "__main__.py": "from findigi import cli",
    "web/pages.py": "from findigi.modules import transfers",
    "modules/transfers/__init__.py": "from findigi.modules.transfers import service",
    "modules/transfers/routes.py": "import litestar\nfrom findigi.modules.transfers import schemas, service",
    "modules/transfers/jobs.py": "from findigi.modules.transfers import service",
    "modules/transfers/schemas.py": "import msgspec",
    "modules/transfers/service.py": "from findigi.modules import ledger\nfrom findigi.modules.transfers import store",
    "modules/transfers/store.py": "import asyncpg\nfrom findigi.modules.transfers import model",
    "modules/transfers/model.py": "from findigi.modules.transfers import errors",
    "modules/transfers/errors.py": "",
    "modules/docs/__init__.py": "from findigi.modules import transfers",
    "modules/sandbox/__init__.py": "",
    "modules/ledger/__init__.py": "from findigi.modules.ledger.service import post",
    "modules/ledger/service/__init__.py": "post = 1",
    "modules/ledger/store/parts.py": "import asyncpg",
    "gateways/bank/__init__.py": "import httpx\nfrom findigi.kernel import db",
    "kernel/db.py": "import asyncpg",
    "kernel/clock.py": "",
}
BREACHES = [
    ("floors", "kernel/db.py", "from findigi.modules import ledger"),
    ("floors", "gateways/bank/__init__.py", "from findigi.modules import ledger"),
    ("floors", "modules/ledger/service/__init__.py", "from findigi.web import pages"),
    ("floors", "cli.py", "from findigi import main"),
    ("floors", "attic.py", ""),
    ("modules", "modules/ledger/service/__init__.py", "from findigi.modules import transfers"),
    ("modules", "modules/docs/__init__.py", "from findigi.modules import sandbox"),
    ("modules", "modules/undeclared/__init__.py", ""),
    ("shelves", "modules/transfers/store.py", "from findigi.modules.transfers import service"),
    ("shelves", "modules/transfers/model.py", "from findigi.modules.transfers import store"),
    ("shelves", "modules/transfers/routes.py", "from findigi.modules.transfers import jobs"),
    ("shelves", "modules/transfers/utils.py", ""),
    ("door", "modules/transfers/service.py", "from findigi.modules.ledger import store"),
    ("door", "modules/transfers/service.py", "from findigi.modules.ledger.store import parts"),
    ("door", "web/pages.py", "from findigi.modules.transfers import service"),
    ("sql", "modules/transfers/service.py", "import asyncpg"),
    ("sql", "web/pages.py", "import asyncpg"),
    ("sql", "modules/transfers/jobs.py", "import pgqueuer"),
    ("plain", "modules/transfers/service.py", "import litestar"),
    ("plain", "modules/transfers/store.py", "from litestar import Request"),
    ("plain", "modules/transfers/model.py", "import litestar"),
    ("outbound", "modules/transfers/service.py", "import httpx"),
    ("outbound", "kernel/clock.py", "import aiosmtplib"),
    ("outbound", "web/pages.py", "import httpx"),
    ("cycles", "kernel/clock.py", "from findigi.kernel import db\n"),
]


def _plant(root: Path) -> Path:
    for path, text in TREE.items():
        place = root / "findigi" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    for folder in [path for path in (root / "findigi").rglob("*") if path.is_dir()] + [root / "findigi"]:
        (folder / "__init__.py").touch()
    shutil.copy(ROOT / ".importlinter", root)
    return root / "findigi"


def _lint(root: Path) -> tuple[int, str]:
    """Lint the tree in `root` in a process of its own: in this one, findigi is the real package already."""
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", LINT], cwd=root, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def _name(contract: str) -> str:
    lines = (ROOT / ".importlinter").read_text().splitlines()
    return lines[lines.index(f"[importlinter:contract:{contract}]") + 1].removeprefix("name = ")


def test_the_map_is_kept() -> None:
    status, told = _lint(ROOT)
    assert status == 0, told


def test_a_good_tree_passes(tmp_path: Path) -> None:
    _plant(tmp_path)
    status, told = _lint(tmp_path)
    assert status == 0, told


@pytest.mark.parametrize(("contract", "path", "line"), BREACHES)
def test_a_breach_is_found(tmp_path: Path, contract: str, path: str, line: str) -> None:
    place = _plant(tmp_path) / path
    place.parent.mkdir(exist_ok=True)
    with place.open("a") as file:
        file.write(f"\n{line}\n")
    if contract == "cycles":
        with (tmp_path / "findigi/kernel/db.py").open("a") as file:
            file.write("\nfrom findigi.kernel import clock\n")
    status, told = _lint(tmp_path)
    assert status == 1, told
    assert f"{_name(contract)} BROKEN" in told


def test_every_rule_has_a_breach() -> None:
    text = (ROOT / ".importlinter").read_text()
    rules = {
        line.removeprefix("[importlinter:contract:").rstrip("]") for line in text.splitlines() if ":contract:" in line
    }
    assert rules == {contract for contract, _, _ in BREACHES}
