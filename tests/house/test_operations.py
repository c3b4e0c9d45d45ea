"""Every endpoint has its own test file: tests/modules/<module>/test_<operation>.py."""

from __future__ import annotations

import importlib
import pkgutil
import re

from tests.house import rules
from tests.support import ROOT

import findigi.modules
from findigi.kernel.http.endpoint import Routes


def _operations() -> set[tuple[str, str]]:
    """(code module, operation in snake case) of every endpoint that a module's routes declare."""
    found: set[tuple[str, str]] = set()
    for info in pkgutil.walk_packages(findigi.modules.__path__, "findigi.modules."):
        parts = info.name.split(".")
        if len(parts) > 3 and parts[3] == "routes":
            declared = [
                value for value in vars(importlib.import_module(info.name)).values() if isinstance(value, Routes)
            ]
            found |= {(parts[2], _snake(endpoint.name)) for routes in declared for endpoint in routes}
    return found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_every_operation_has_its_test() -> None:
    assert rules.untested_operations(ROOT, _operations()) == []
