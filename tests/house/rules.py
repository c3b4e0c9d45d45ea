"""The house rules that a linter does not know, as functions: a tree in, findings out.

Each takes the root of a tree shaped like this repository, so that tests can show it failing on a planted one.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

FILE_LINES, FUNCTION_LINES, DOOR_NAMES, MODULES_CALLED = 400, 60, 15, 6
SHELVES = {"routes", "jobs", "schemas", "service", "store", "model", "errors"}
# written apart, so that this file does not break its own rule
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.np" + "mjs.org",
    "registry.yarn" + "pkg.com",
    "deb." + "debian.org",
    "archive." + "ubuntu.com",
    "npm" + "mirror.com",
    "artifact" + "ory",
]
SQL = re.compile(r"\s*(select\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s)", re.IGNORECASE)
INLINE_STYLE = re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE)
INLINE_SCRIPT = re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE)
COMPUTED_VALUES = re.compile(r"hx-(vals|headers)\s*=\s*['\"]?\s*js(avascript)?:", re.IGNORECASE)


def python_files(root: Path, *folders: str) -> list[Path]:
    """All Python files below the folders (all of the project's by default), in order."""
    places = folders or ("src", "tests", "tools", "bench")
    return sorted(path for place in places for path in (root / place).rglob("*.py"))


def modules(root: Path) -> list[Path]:
    """The folders of the business modules."""
    places = (root / "src/findigi/modules").glob("*/")
    return sorted(place for place in places if any(place.glob("*.py")))


def long_files(root: Path) -> list[str]:
    """Files over the budget of lines: Python, templates and own scripts."""
    templates = [path for path in (root / "src").rglob("*.html") if path.is_file()]
    found = [(path, len(path.read_text("utf-8").splitlines())) for path in [*python_files(root), *templates]]
    return [f"{path.relative_to(root)}: {lines} lines" for path, lines in found if lines > FILE_LINES]


def long_functions(root: Path) -> list[str]:
    """Functions over the budget of lines."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: {node.name} has {lines} lines"
        for path in python_files(root)
        for node in _functions(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def bad_doors(root: Path) -> list[str]:
    """Doors without text, without `__all__`, or with more names than the budget."""
    found: list[str] = []
    for module in modules(root):
        door = module / "__init__.py"
        tree = _tree(door) if door.exists() else ast.Module(body=[], type_ignores=[])
        names = _door_names(tree)
        if not ast.get_docstring(tree):
            found.append(f"{module.name}: its door does not say what it owns and promises")
        if names is None:
            found.append(f"{module.name}: its door has no __all__")
        elif len(names) > DOOR_NAMES:
            found.append(f"{module.name}: its door has {len(names)} names")
    return found


def busy_services(root: Path) -> list[str]:
    """Services that call more other modules than the budget."""
    found: list[str] = []
    for module in modules(root):
        called = {
            name.split(".")[2]
            for path in [module / "service.py", *(module / "service").rglob("*.py")]
            if path.exists()
            for name in _imported(path)
            if name.startswith("findigi.modules.") and name.split(".")[2] != module.name
        }
        if len(called) > MODULES_CALLED:
            found.append(f"{module.name}: its service calls {len(called)} modules: {sorted(called)}")
    return found


def inner_imports(root: Path) -> list[str]:
    """Imports inside functions of modules: they hide an edge from the reader of the file's head."""
    return [
        f"{path.relative_to(root)}:{inner.lineno}: import inside {node.name}"
        for path in python_files(root, "src/findigi/modules")
        for node in _functions(path)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def odd_shelves(root: Path) -> list[str]:
    """Python files or packages of a module that are none of the allowed shelves."""
    return [
        f"{entry.relative_to(root)} is no shelf"
        for module in modules(root)
        for entry in sorted(module.iterdir())
        if (entry.suffix == ".py" or (entry.is_dir() and any(entry.glob("*.py"))))
        and entry.stem not in SHELVES | {"__init__"}
    ]


def sql_outside_store(root: Path) -> list[str]:
    """Texts that are SQL, in modules and web but outside `store`."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: SQL outside store"
        for path in python_files(root, "src/findigi/modules", "src/findigi/web")
        if "store" not in {path.stem, *(parent.name for parent in path.parents)}
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def tenant_statements(root: Path, tenant_tables: set[str]) -> list[str]:
    """SQL constants of stores that touch a tenant table and do not name client_id."""
    tables = "|".join(sorted(tenant_tables))
    touched = re.compile(rf"\b(?:from|join|into|update)\s+(?:only\s+)?({tables})\b", re.IGNORECASE)
    return [
        f"{path.relative_to(root)}:{node.lineno}: touches {match[1]} without client_id"
        for path in python_files(root, "src/findigi")
        if "store" in {path.stem, *(parent.name for parent in path.parents)}
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (match := touched.search(node.value)) and SQL.match(node.value) and "client_id" not in node.value
    ]


def named_hosts(root: Path) -> list[str]:
    """Files that name a package registry's host."""
    return [
        f"{path.relative_to(root)}: names {host}"
        for path in kept_files(root)
        for host in HOSTS
        if host in path.read_text("utf-8", errors="replace").lower()
    ]


def bad_templates(root: Path) -> list[str]:
    """Templates that the content security policy would not let work: inline styles, inline scripts, computed values."""
    return [
        f"{path.relative_to(root)}: {what}"
        for path in sorted((root / "src").rglob("*.html"))
        for what, shape in (
            ("style attribute", INLINE_STYLE),
            ("script in an attribute", INLINE_SCRIPT),
            ("values computed by a script", COMPUTED_VALUES),
        )
        if shape.search(path.read_text("utf-8"))
    ]


def untested_operations(root: Path, operations: set[tuple[str, str]]) -> list[str]:
    """Operations, as (code module, name in snake case), without tests/modules/<module>/test_<name>.py."""
    return [
        f"{operation}: no tests/modules/{module}/test_{operation}.py"
        for module, operation in sorted(operations)
        if not (root / f"tests/modules/{module}/test_{operation}.py").exists()
    ]


def kept_files(root: Path) -> Iterator[Path]:
    """What is in the repository or would be added to it; all files where there is no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True
    )
    if listed.returncode == 0:
        paths = [root / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = sorted(root.rglob("*"))
    yield from (path for path in paths if path.is_file())


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "findigi.modules")


def _door_names(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            elements = value.elts if isinstance(value, ast.List | ast.Tuple) else []
            return [str(element.value) for element in elements if isinstance(element, ast.Constant)]
    return None
