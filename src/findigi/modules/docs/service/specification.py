"""What the public specification and the module list say, read from the data files beside this module."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parents[1]


class SpecifiedOperation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operation that the public specification lists."""

    method: str
    path: str
    module: str


class ModuleText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One module: its OpenAPI tag, its part of an address, and what it is for."""

    name: str
    slug: str
    blurb: str


class _ModuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    module: tuple[ModuleText, ...]


@dataclass(frozen=True)
class Specification:
    """The operations that must exist, and the modules in reading order."""

    rows: tuple[SpecifiedOperation, ...]
    modules: tuple[ModuleText, ...]

    @cached_property
    def _shapes(self) -> frozenset[tuple[str, str]]:
        return frozenset((row.method, shape(row.path)) for row in self.rows)

    def lists(self, method: str, path: str) -> bool:
        """True when the specification has this operation, whatever its path parameters are called."""
        return (method, shape(path)) in self._shapes


def shape(path: str) -> str:
    """The path with nameless parameters, since their names are each side's own."""
    return re.sub(r"\{[^}]+\}", "{}", path)


def load() -> Specification:
    """Reads both files; they belong to the program, so a broken one is a fault of ours and stops the start."""
    rows = msgspec.json.decode((FOLDER / "specification.json").read_bytes(), type=tuple[SpecifiedOperation, ...])
    texts = msgspec.convert(tomllib.loads((FOLDER / "modules.toml").read_text("utf-8")), _ModuleFile)
    return Specification(rows, texts.module)
