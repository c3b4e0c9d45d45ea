"""Write a new module: its shelves, a test and its line in the map. `make new-module NAME=payments`.

What is written runs and passes every check; it holds one pure rule and one statement to be replaced.
"""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
MAP_HEAD = "containers = findigi.modules\nlayers =\n"

DOOR = '''"""{title}: what it owns and what it promises to its callers.

Other modules import from here and nowhere deeper.
"""

from findigi.modules.{name}.errors import {kind}Unavailable
from findigi.modules.{name}.service import is_ready

__all__ = ["{kind}Unavailable", "is_ready"]
'''
ERRORS = '''"""Expected refusals of {name}, each a small class."""

from __future__ import annotations

from typing import ClassVar

from findigi.kernel.errors import Refusal


class {kind}Unavailable(Refusal):
    """503: the database has no schema for {name}."""

    code: ClassVar[str] = "{upper}_UNAVAILABLE"
    status: ClassVar[int] = 503
    cause: ClassVar[str] = "The database is not prepared."
    fix: ClassVar[str] = "Run `make migrate`."
'''
MODEL = '''"""Data and pure rules of {name}: no IO, no clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was seen of the schema: `tables` present of `wanted`, both counts."""

    tables: int
    wanted: int

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.tables >= self.wanted
'''
STORE = '''"""All SQL of {name}. Functions take `tx`, join its transaction and never commit."""

from __future__ import annotations

from findigi.kernel.db import Tx

TABLES_SQL = "select count(*) from pg_catalog.pg_tables where schemaname = current_schema()"


async def count_tables(tx: Tx) -> int:
    """Number of tables in the current schema."""
    return int(await tx.value(TABLES_SQL))
'''
SERVICE = '''"""Operations of {name}: one public function each; what takes `tx` joins the caller's transaction."""

from __future__ import annotations

from findigi.kernel.db import Tx
from findigi.modules.{name} import store
from findigi.modules.{name}.errors import {kind}Unavailable
from findigi.modules.{name}.model import Readiness


async def is_ready(tx: Tx, *, wanted: int = 1) -> Readiness:
    """How many of `wanted` tables there are. Raises {kind}Unavailable when there is none."""
    readiness = Readiness(tables=await store.count_tables(tx), wanted=wanted)
    if not readiness.tables:
        raise {kind}Unavailable
    return readiness
'''
SCHEMAS = '''"""Wire shapes of {name}, each with an example."""

from __future__ import annotations

import msgspec

from findigi.modules.{name}.model import Readiness


class ReadinessView(msgspec.Struct, frozen=True):
    """Whether {name} can work. Example: `{{"complete": true}}`."""

    complete: bool

    @classmethod
    def of(cls, readiness: Readiness) -> ReadinessView:
        """The wire shape of `readiness`."""
        return cls(complete=readiness.complete)
'''
ROUTES = '''"""Routes of {name}: parse, authorise, call one service function, render. Declare endpoints on ROUTES."""

from __future__ import annotations

from findigi.kernel.http.endpoint import Routes

ROUTES = Routes("{name}")
'''
TEST = """from __future__ import annotations

import pytest

from findigi.kernel.db import Database
from findigi.modules.{name} import {kind}Unavailable, is_ready
from findigi.modules.{name}.model import Readiness
from findigi.modules.{name}.schemas import ReadinessView


async def test_sees_the_migrated_schema(database: Database) -> None:
    async with database.transaction() as tx:
        readiness = await is_ready(tx)
    assert ReadinessView.of(readiness) == ReadinessView(complete=True)


async def test_refuses_an_empty_schema(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run("set local search_path = pg_temp")
        with pytest.raises({kind}Unavailable):
            await is_ready(tx)


@pytest.mark.parametrize(("tables", "complete"), [(0, False), (1, True), (2, True)])
def test_is_complete_when_nothing_is_missing(tables: int, complete: bool) -> None:
    assert Readiness(tables=tables, wanted=1).complete is complete
"""
SHELVES = {
    "__init__": DOOR,
    "errors": ERRORS,
    "model": MODEL,
    "store": STORE,
    "service": SERVICE,
    "schemas": SCHEMAS,
    "routes": ROUTES,
}


class RefusedError(ValueError):
    """The module cannot be made; the text says why."""


def make(root: Path, name: str) -> list[Path]:
    """Write module `name` into the tree at `root`; returns the files written or changed.

    Raises RefusedError for a name that is no module name, or one that exists already.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise RefusedError(f"{name!r} is no module name: small letters, digits and _ (make new-module NAME=payments)")
    folder, tests = root / "src/findigi/modules" / name, root / "tests/modules" / name
    chart = root / ".importlinter"
    text = chart.read_text("utf-8")
    if folder.exists() or re.search(rf"\({name}\)", text):
        raise RefusedError(f"module {name} exists already")
    if MAP_HEAD not in text:
        raise RefusedError("the map has no module order any more: .importlinter, contract modules")
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "kind": name.title().replace("_", ""),
        "upper": name.upper(),
    }
    written = [folder / f"{shelf}.py" for shelf in SHELVES]
    folder.mkdir(parents=True)
    for path, template in zip(written, SHELVES.values(), strict=True):
        path.write_text(template.format(**words), "utf-8")
    tests.mkdir(parents=True, exist_ok=True)
    test = tests / f"test_{name}.py"
    test.write_text(TEST.format(**words), "utf-8")
    # at the top, where it may call every other module and none may call it: move the line down to where it belongs
    chart.write_text(text.replace(MAP_HEAD, f"{MAP_HEAD}    ({name})\n"), "utf-8")
    return [*written, test, chart]


def main() -> int:
    """Make the module named on the command line; returns the exit status."""
    root = Path(__file__).parents[1]
    try:
        written = make(root, sys.argv[1] if len(sys.argv) > 1 else "")
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(root))
    print("next: move its line in .importlinter to its place, and list its ROUTES in src/findigi/main.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
