"""Money moves through `operations` alone: no other module may post to the ledger or hold its writer."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
POSTING = {"post_one", "Writer", "Posting"}
ALLOWED = {"ledger", "operations"}


def posting_modules(root: Path) -> list[str]:
    """Modules other than the choke point that take the ledger's means of posting."""
    return sorted(
        f"{path.parent.relative_to(root)}: {alias.name}"
        for path in (root / "src/findigi/modules").rglob("*.py")
        if path.relative_to(root / "src/findigi/modules").parts[0] not in ALLOWED
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("findigi.modules.ledger")
        for alias in node.names
        if alias.name in POSTING
    )


def test_only_the_choke_point_posts() -> None:
    assert posting_modules(ROOT) == []


def test_a_module_that_posts_by_itself_is_named(tmp_path: Path) -> None:
    planted = tmp_path / "src/findigi/modules/shortcut"
    planted.mkdir(parents=True)
    (planted / "service.py").write_text("from findigi.modules.ledger import Line, post_one\n")
    assert posting_modules(tmp_path) == ["src/findigi/modules/shortcut: post_one"]
