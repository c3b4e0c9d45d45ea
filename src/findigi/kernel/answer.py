"""Answers: bytes with a status, and the two envelopes that every JSON answer of the API has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes on the wire. `headers` are extra ones, names in lower case."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    media: bytes = JSON


class Item(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The envelope of one resource."""

    ok: bool = True
    item: T


class Items(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The envelope of a list; `next_cursor` is null on the last page."""

    ok: bool = True
    items: Sequence[T]
    next_cursor: str | None = None


encode = msgspec.json.Encoder().encode


def item(value: object, status: int = 200) -> Answer:
    """One resource: `{"ok": true, "item": …}`."""
    return Answer(status, encode(Item(item=value)))


def created(value: object) -> Answer:
    """201 with one resource."""
    return item(value, 201)


def items(values: Sequence[object], next_cursor: str | None = None) -> Answer:
    """A page of a list."""
    return Answer(200, encode(Items(items=values, next_cursor=next_cursor)))


def done(value: object, status: int = 200) -> Answer:
    """An answer of a shape of its own (health, the manifest, a login)."""
    return Answer(status, encode(value))
