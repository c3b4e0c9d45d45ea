"""`make new-module` in a copy of this tree gives a module that every check passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house import rules
from tests.support import ROOT

BIN = Path(sys.executable).parent
NEW = "src/findigi/modules/invoices"


def _run(root: Path, *argv: str | Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    return subprocess.run([str(part) for part in argv], cwd=root, env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tool and its checks need, with the new module made in it."""
    root = tmp_path_factory.mktemp("copy")
    for path in rules.kept_files(ROOT):
        place = root / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    (root / ".venv").symlink_to(ROOT / ".venv")
    done = _run(root, sys.executable, "tools/new_module.py", "invoices")
    assert done.returncode == 0, done.stderr
    return root


@pytest.mark.parametrize(
    "check",
    [
        ["ruff", "format", "--check", NEW, "tests/modules/invoices"],
        ["ruff", "check", NEW, "tests/modules/invoices"],
        ["basedpyright", NEW, "tests/modules/invoices"],
        ["vulture", "--min-confidence", "80", NEW],
    ],
    ids=lambda check: " ".join(check[:2]),
)
def test_the_checks_pass(copy: Path, check: list[str]) -> None:
    done = _run(copy, BIN / check[0], *check[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_map_knows_it(copy: Path) -> None:
    done = _run(copy, BIN / "lint-imports", "--no-logo", "--no-cache", "--contract", "modules", "--contract", "shelves")
    assert done.returncode == 0, done.stdout
    assert "(invoices)" in (copy / ".importlinter").read_text()


def test_the_house_rules_are_kept(copy: Path) -> None:
    for rule in (rules.bad_doors, rules.odd_shelves, rules.inner_imports, rules.sql_outside_store, rules.busy_services):
        assert [line for line in rule(copy) if "invoices" in line] == []


def test_its_tests_pass(copy: Path) -> None:
    done = _run(copy, sys.executable, "-m", "pytest", "-n0", "tests/modules/invoices")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


@pytest.mark.parametrize("name", ["", "Invoices", "a-b", "../x", "class", "ledger"])
def test_a_bad_or_taken_name_is_refused(copy: Path, name: str) -> None:
    done = _run(copy, sys.executable, "tools/new_module.py", name)
    assert done.returncode == 1
    assert "module" in done.stderr
