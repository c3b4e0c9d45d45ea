"""A cache that hears of changes: answers of the database, kept only while every change is told to this process.

Who changes a row sends a NOTIFY with the row's group in the same transaction. While the listening connection is down
nothing is believed and every question goes to the database; entries live a bounded time besides.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID

from findigi.kernel.db import Database

V = TypeVar("V")
_DISTRUST: Final = timedelta(seconds=5)
"""For this long after an own change the database is asked, whenever the message about it comes round."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    group: UUID
    value: V
    until: datetime
    weight: int


class HeardCache(Generic[V]):
    """Values by key, forgotten by group. `most` bounds the sum of the entries' weights; the longest unused go first."""

    def __init__(self, database: Database, channel: str, *, life: timedelta, most: int) -> None:
        """Listens on `channel` for group ids; make it before the database starts listening."""
        self._database = database
        self._life = life
        self._most = most
        self._weight = 0
        self._changes = 0
        self._entries: OrderedDict[UUID, _Entry[V]] = OrderedDict()
        self._groups: dict[UUID, set[UUID]] = {}
        self._distrusted: dict[UUID, datetime] = {}
        database.listen(channel, self._heard, self._missed)

    async def get(
        self,
        key: UUID,
        *,
        group: UUID,
        now: datetime,
        read: Callable[[], Awaitable[V | None]],
        weight: Callable[[V], int] | None = None,
    ) -> V | None:
        """The value, from memory where that can be believed, else from `read`; None is never kept."""
        believed = self._database.hears and not self._is_distrusted(group, now)
        if believed:
            entry = self._entries.get(key)
            if entry is not None and now < entry.until:
                self._entries.move_to_end(key)
                return entry.value
        changes = self._changes
        value = await read()
        # a change that was told while we read may be newer than what we read
        if value is not None and believed and self._database.hears and changes == self._changes:
            self._keep(key, _Entry(group, value, now + self._life, weight(value) if weight else 1))
        return value

    def distrust(self, group: UUID, now: datetime) -> None:
        """Forgets the group and asks the database for a few seconds: for who changed it and is asked again at once."""
        self._distrusted = {each: until for each, until in self._distrusted.items() if now < until}
        self._distrusted[group] = now + _DISTRUST
        self._forget(group)

    def _is_distrusted(self, group: UUID, now: datetime) -> bool:
        until = self._distrusted.get(group)
        return until is not None and now < until

    def _keep(self, key: UUID, entry: _Entry[V]) -> None:
        self._drop(key)
        self._entries[key] = entry
        self._groups.setdefault(entry.group, set()).add(key)
        self._weight += entry.weight
        while self._weight > self._most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: UUID) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._weight -= entry.weight
        keys = self._groups[entry.group]
        keys.discard(key)
        if not keys:
            del self._groups[entry.group]

    def _forget(self, group: UUID) -> None:
        self._changes += 1
        for key in tuple(self._groups.get(group, ())):
            self._drop(key)

    def _heard(self, payload: str) -> None:
        self._forget(UUID(payload))

    def _missed(self) -> None:
        self._changes += 1
        self._entries.clear()
        self._groups.clear()
        self._weight = 0
