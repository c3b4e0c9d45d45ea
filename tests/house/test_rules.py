"""Each rule is kept by this tree, and is seen to fail on a planted one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.house import rules
from tests.support import ROOT

DOOR = '"""Owns a thing."""\n__all__ = []\n'
MODULE = "src/findigi/modules/thing"
NAMES = ", ".join(f'"n{number}"' for number in range(16))
CALLS = "\n".join(f"from findigi.modules import m{number}" for number in range(7))
LONG = "def long() -> None:\n" + "    pass\n" * 60

Rule = Callable[[Path], list[str]]
BREACHES: list[tuple[Rule, str, str]] = [
    (rules.long_files, "src/findigi/kernel/long.py", "\n" * 401),
    (rules.long_files, "src/findigi/web/templates/long.html", "\n" * 401),
    (rules.long_functions, "src/findigi/kernel/long.py", LONG),
    (rules.bad_doors, f"{MODULE}/__init__.py", f'"""Owns."""\n__all__ = [{NAMES}]\n'),
    (rules.bad_doors, f"{MODULE}/__init__.py", '"""Owns."""\n'),
    (rules.bad_doors, f"{MODULE}/__init__.py", "__all__ = []\n"),
    (rules.bad_doors, f"{MODULE}/service.py", ""),  # a module without a door
    (rules.busy_services, f"{MODULE}/service.py", CALLS),
    (rules.busy_services, f"{MODULE}/service/parts.py", CALLS),
    (rules.inner_imports, f"{MODULE}/service.py", "def f() -> None:\n    import json\n"),
    (rules.odd_shelves, f"{MODULE}/utils.py", ""),
    (rules.odd_shelves, f"{MODULE}/helpers/__init__.py", ""),
    (rules.sql_outside_store, f"{MODULE}/service.py", 'Q = "select 1"\n'),
    (rules.sql_outside_store, "src/findigi/web/pages/a.py", 'Q = f"delete from {1}"\n'),
    (rules.named_hosts, "docs/notes.md", "see https://" + rules.HOSTS[0]),
    (rules.named_hosts, "package-lock.json", rules.HOSTS[2]),
    (rules.bad_templates, "src/findigi/web/templates/a.html", '<p class="x" style="color: red">'),
    (rules.bad_templates, "src/findigi/web/templates/a.html", '<button\n  onclick="go()">'),
    (rules.bad_templates, "src/findigi/web/templates/a.html", '<a hx-on:click="go()">'),
    (rules.bad_templates, "src/findigi/web/templates/a.html", "<a hx-vals='js:{a: 1}'>"),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in BREACHES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_this_tree_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES, ids=lambda value: getattr(value, "__name__", None))
def test_a_breach_is_found(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    place = tmp_path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    door = tmp_path / MODULE / "__init__.py"
    if path.startswith(MODULE) and place != door and rule is not rules.bad_doors:
        door.write_text(DOOR)
    assert rule(tmp_path) != []


def test_an_ordinary_template_is_fine(tmp_path: Path) -> None:
    place = tmp_path / "src/findigi/web/templates/a.html"
    place.parent.mkdir(parents=True)
    place.write_text('<p class="one" data-once="1" hx-vals=\'{"a": 1}\'>conversion = style = x</p>')
    assert rules.bad_templates(tmp_path) == []


def test_a_statement_on_a_tenant_table_names_its_tenant(tmp_path: Path) -> None:
    place = tmp_path / MODULE / "store.py"
    place.parent.mkdir(parents=True)
    place.write_text(
        'A_SQL = "select * from account where id = $1"\n'
        'B_SQL = "select * from account where client_id = $1 and id = $2"\n'
        'C_SQL = "select * from asset where id = $1"\n'
        'D_SQL = "update account set name = $2 where id = $1"\n'
    )
    assert [line.split(":")[1] for line in rules.tenant_statements(tmp_path, {"account"})] == ["1", "4"]


def test_an_operation_without_its_test_is_found(tmp_path: Path) -> None:
    (tmp_path / "tests/modules/wallets").mkdir(parents=True)
    (tmp_path / "tests/modules/wallets/test_list_wallets.py").touch()
    wanted = {("wallets", "list_wallets"), ("wallets", "create_wallet")}
    assert rules.untested_operations(tmp_path, wanted) == [
        "create_wallet: no tests/modules/wallets/test_create_wallet.py"
    ]
