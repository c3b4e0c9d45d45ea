"""The list of all operations, and the page of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby

from findigi.modules.docs import Catalogue, Module, Operation


@dataclass(frozen=True, slots=True)
class Row:
    """One operation in the list; `words` is what the filter matches against."""

    operation: Operation
    words: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One module in the list; hidden when the filter leaves none of its rows."""

    module: Module
    rows: tuple[Row, ...]
    shown: bool


@dataclass(frozen=True, slots=True)
class Explorer:
    """The list, filtered by `query` (all of it where that is empty)."""

    query: str
    total: int
    shown: int
    groups: tuple[Group, ...]
    contents: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ResponseExample:
    """One answer as it looks on the wire."""

    name: str
    label: str
    text: str
    lexer: str


@dataclass(frozen=True, slots=True)
class ResponseTab:
    """The answers of one status."""

    status: int
    examples: tuple[ResponseExample, ...]


def explorer_of(catalogue: Catalogue, query: str) -> Explorer:
    """The list. A row stays when each word of the query occurs in its path, names or module."""
    wanted = query.lower().split()
    groups: list[Group] = []
    for module in catalogue.modules:
        rows = tuple(_row(operation, wanted) for operation in module.operations)
        groups.append(Group(module, rows, any(row.shown for row in rows)))
    shown = sum(row.shown for group in groups for row in group.rows)
    contents = tuple((f"#{module.slug}", module.name, len(module.operations)) for module in catalogue.modules)
    return Explorer(query, len(catalogue.operations), shown, tuple(groups), contents)


def _row(operation: Operation, wanted: list[str]) -> Row:
    access = "public" if operation.public else "bearer"
    words = (
        f"{operation.method} {operation.path} {operation.summary} {operation.id} {operation.module} {access}".lower()
    )
    return Row(operation, words, all(word in words for word in wanted))


def responses_of(operation: Operation) -> tuple[ResponseTab, ...]:
    """The successes and refusals of an operation by status."""
    tabs = [
        ResponseTab(answer.status, (ResponseExample("", _meaning(answer.status), answer.text, _lexer(answer.text)),))
        for answer in operation.answers
    ]
    for status, rows in groupby(operation.errors, key=lambda row: row.status):
        examples = tuple(ResponseExample(row.code, f"`{row.code}`", row.example, "json") for row in rows)
        tabs.append(ResponseTab(status, examples))
    return tuple(tabs)


def neighbours(catalogue: Catalogue, operation: Operation) -> tuple[Operation | None, Operation | None]:
    """The operations before and after this one in reading order."""
    every = catalogue.operations
    place = next(i for i, other in enumerate(every) if other.id == operation.id)
    before = every[place - 1] if place > 0 else None
    return before, every[place + 1] if place + 1 < len(every) else None


def _meaning(status: int) -> str:
    return {201: "Created", 202: "Accepted, not final yet"}.get(status, "Done")


def _lexer(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        return "text"
    return "json"
