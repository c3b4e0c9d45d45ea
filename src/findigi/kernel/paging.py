"""Keyset pages: page 10,000 costs what page 1 costs, and nothing is skipped or repeated while rows arrive."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from findigi.kernel.errors import ValidationFailed

T = TypeVar("T")
DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of one page, newest first, and the cursor of the next one (None on the last)."""

    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(*key: str | int) -> str:
    """The last row's key as an opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *kinds: type[str | int]) -> tuple[str | int, ...]:
    """The key inside a cursor; one that this list did not make is refused and the field named."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str | int])
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        key = []
    if len(key) != len(kinds) or any(not isinstance(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise ValidationFailed.of(
            "cursor",
            "cursor is not one that this list gave; leave it out to start at the top.",
        )
    return tuple(key)


def cut(rows: Sequence[T], limit: int, key: Callable[[T], tuple[str | int, ...]]) -> Page[T]:
    """A page from `limit + 1` rows asked for: the extra row only says that there is more."""
    if len(rows) <= limit:
        return Page(rows, None)
    shown = rows[:limit]
    return Page(shown, encode_cursor(*key(shown[-1])))
