"""Ids: UUIDv7 inside, TypeID outside (`wal_01h455vb4pex5vsknk084sn02q`).

UUIDv7 is RFC 9562; the text form is the TypeID specification 0.3: a prefix, an underscore and 26 characters of
Crockford base32. Ids sort by the time they were made, so a primary key is also the order of a list.
"""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as _DriverUUID  # noqa: N811 -- a class, not a constant

from findigi.kernel.errors import NotFound

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
# Python's int() reads base 32 with the digits 0-9a-v; this turns Crockford's alphabet into that one.
_TO_PYTHON = str.maketrans(_ALPHABET + "ilou", "0123456789abcdefghijklmnopqrstuv" + "!!!!")
_LENGTH = 26
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LOW_62 = (1 << 62) - 1
_random = random.Random(os.urandom(32))  # noqa: S311 -- ids are no secrets
os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))  # else two children would give the same ids

USER, CLIENT, WALLET, ACCOUNT = "usr", "cli", "wal", "acc"
JOURNAL, OPERATION, SESSION, CHALLENGE = "jrn", "op", "ses", "chl"
HOLD, MAIL = "hld", "mail"


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, 74 random bits.

    The bits come from a generator that each process seeds from the system's entropy, not from a system call per id:
    an id must not repeat, but it is no secret (tokens and codes use `secrets`).
    """
    return _uuid((time.time_ns() // 1_000_000 << 80) | _tail())


def _uuid(number: int) -> UUID:
    # the driver's own kind of UUID: equal to the standard one, made and hashed several times faster
    return cast("UUID", _DriverUUID(number.to_bytes(16, "big")))


def _tail() -> int:
    """Version 7, variant 2 and 74 random bits."""
    bits = _random.getrandbits(74)
    return 0x7000_8000_0000_0000_0000 | (bits >> 62) << 64 | (bits & _LOW_62)


@lru_cache(maxsize=65_536)
def to_text(prefix: str, value: UUID) -> str:
    """The id as callers see it."""
    number = value.int
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


@lru_cache(maxsize=65_536)
def _parse(prefix: str, text: str) -> UUID | None:
    head, separator, body = text.rpartition("_")
    if head != prefix or not separator or len(body) != _LENGTH or body[0] > "7" or not body.isascii():
        return None
    if not body.isalnum():
        return None
    try:
        return _uuid(int(body.translate(_TO_PYTHON), 32))
    except ValueError:
        return None


def parse(prefix: str, text: str, what: str = "object") -> UUID:
    """The UUID of an id such as `wal_…`. A malformed one or one of another kind is a 404, as if it did not exist."""
    value = _parse(prefix, text)
    if value is None:
        raise NotFound(f"There is no {what} with the id {text[:64]!r}; such ids begin with `{prefix}_`.")
    return value


def first_at(moment: datetime) -> UUID:
    """The smallest UUIDv7 of that millisecond: ranges of ids are ranges of time."""
    return _uuid((_milliseconds(moment) << 80) | 0x7000 << 64 | 0x8000_0000_0000_0000)


def id_at(moment: datetime) -> UUID:
    """A fresh UUIDv7 that carries the given time instead of the clock's."""
    return _uuid((_milliseconds(moment) << 80) | _tail())


def _milliseconds(moment: datetime) -> int:
    return max(0, (moment - _EPOCH) // _MILLISECOND)
