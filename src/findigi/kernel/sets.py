"""Writes of many rows at once: sets as array literals, and several statements as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from findigi.kernel import ids


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of several that travel together: `sql` holds `{}` where its arguments stand, in order."""

    sql: str
    args: Sequence[Any]


def set_part(sql: str, rows: Sequence[tuple[Any, ...]]) -> Part:
    """A set-write of the rows: `sql` unnests one array per column, `{}::uuid[]`, `{}::text[]` and so on."""
    return Part(_over_literals(sql), columns(rows, sql.count("{}")))


@lru_cache(maxsize=256)
def _over_literals(sql: str) -> str:
    # `$1::text::uuid[]` makes the parameter a text, `$1::uuid[]` would make it an array of the driver's
    return sql.replace("{}::", "{}::text::")


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[str]:
    """The rows' columns as array literals, each for a `$n::text::kind[]`.

    The driver encodes an array element by element through three checks each, which cost more than all else that a
    batch does; a literal is one text, and PostgreSQL reads it in about the time that it would need for the binary form.
    """
    return [array_literal(column) for column in zip(*rows, strict=True)] if rows else ["{}"] * width


def array_literal(values: Sequence[object]) -> str:
    """PostgreSQL's text form of a one-dimensional array (manual, 8.15.6). Columns of one kind are written at once."""
    kinds = set(map(type, values))
    write = _WRITERS.get(kinds.pop()) if len(kinds) == 1 else None
    texts = map(_element, values) if write is None else map(write, values)
    return "{" + ",".join(texts) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    return _WRITERS.get(type(value), str)(value)


def _quoted(value: Any) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=1024)  # a batch's rows share few moments
def _moment(value: Any) -> str:
    return '"' + value.isoformat() + '"'


def _bytes(value: Any) -> str:
    return '"\\\\x' + value.hex() + '"'


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    str: _quoted,
    int: str,
    bool: str,
    datetime: _moment,
    bytes: _bytes,
    UUID: str,
    type(ids.new_id()): str,
}


def text_literal(text: str) -> str:
    """A text as SQL. Needs standard_conforming_strings: then only the quote itself means something inside."""
    return "'" + text.replace("'", "''") + "'"


def together(parts: Sequence[Part]) -> tuple[str, list[Any]]:
    """The parts as one statement of data-modifying CTEs: one round trip, one snapshot, all or nothing.

    Its answer is the transaction's id (xid8, as text).

    The parts must not depend on each other's rows. The text depends only on which parts there are, so that the
    server's prepared statement is found again.
    """
    texts: list[str] = []
    args: list[Any] = []
    for number, part in enumerate(parts):
        marks = [f"${len(args) + i + 1}" for i in range(len(part.args))]
        texts.append(f"p{number} as ({part.sql.format(*marks)})")
        args.extend(part.args)
    return f"with {', '.join(texts)} select pg_current_xact_id()::text", args
