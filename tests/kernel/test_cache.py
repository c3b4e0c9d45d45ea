from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from findigi.kernel.cache import HeardCache
from findigi.kernel.db import Database

NOW = datetime(2026, 4, 10, 18, tzinfo=UTC)


class Radio:
    """The listening half of a database."""

    def __init__(self) -> None:
        self.hears = True
        self.tell: Callable[[str], None] = lambda _: None
        self.lose: Callable[[], None] = lambda: None

    def listen(self, _channel: str, on_message: Callable[[str], None], on_gap: Callable[[], None]) -> None:
        self.tell, self.lose = on_message, on_gap


class Asked:
    """A question that counts how often it is put."""

    def __init__(self, answer: str | None = "value") -> None:
        self.count = 0
        self.answer = answer

    async def __call__(self) -> str | None:
        self.count += 1
        return self.answer


def make(most: int = 100) -> tuple[HeardCache[str], Radio]:
    radio = Radio()
    return HeardCache[str](cast("Database", radio), "channel", life=timedelta(seconds=30), most=most), radio


async def ask(cache: HeardCache[str], key: UUID, asked: Asked, now: datetime = NOW) -> str | None:
    return await cache.get(key, group=key, now=now, read=asked, weight=len)


async def test_asks_once_within_its_life() -> None:
    cache, _ = make()
    key, asked = uuid4(), Asked()
    assert [await ask(cache, key, asked) for _ in range(3)] == ["value"] * 3
    assert asked.count == 1
    await ask(cache, key, asked, NOW + timedelta(seconds=30))
    assert asked.count == 2


async def test_nothing_is_not_kept() -> None:
    cache, _ = make()
    key, asked = uuid4(), Asked(None)
    assert [await ask(cache, key, asked) for _ in range(2)] == [None, None]
    assert asked.count == 2


async def test_news_of_a_group_forgets_it_and_no_other() -> None:
    cache, radio = make()
    (key, asked), (other, others) = (uuid4(), Asked()), (uuid4(), Asked())
    for _ in range(2):
        await ask(cache, key, asked)
        await ask(cache, other, others)
    radio.tell(str(key))
    await ask(cache, key, asked)
    await ask(cache, other, others)
    assert (asked.count, others.count) == (2, 1)


async def test_a_gap_forgets_everything_and_deafness_asks_always() -> None:
    cache, radio = make()
    key, asked = uuid4(), Asked()
    await ask(cache, key, asked)
    radio.lose()
    await ask(cache, key, asked)
    assert asked.count == 2
    radio.hears = False
    await ask(cache, key, asked)
    await ask(cache, key, asked)
    assert asked.count == 4


async def test_what_is_read_while_news_come_is_not_kept() -> None:
    cache, radio = make()
    key, asked = uuid4(), Asked()

    async def read() -> str | None:
        radio.tell(str(uuid4()))
        return await asked()

    await cache.get(key, group=key, now=NOW, read=read)
    await ask(cache, key, asked)
    assert asked.count == 2


async def test_distrust_asks_for_a_few_seconds() -> None:
    cache, _ = make()
    key, asked = uuid4(), Asked()
    await ask(cache, key, asked)
    cache.distrust(key, NOW)
    for second in (0, 1, 4):
        await ask(cache, key, asked, NOW + timedelta(seconds=second))
    assert asked.count == 4
    for second in (5, 6):
        await ask(cache, key, asked, NOW + timedelta(seconds=second))
    assert asked.count == 5


async def test_the_longest_unused_go_first() -> None:
    cache, _ = make(most=10)
    first, second, third = uuid4(), uuid4(), uuid4()
    asked = {key: Asked() for key in (first, second, third)}
    for key in (first, second, first, third):
        await ask(cache, key, asked[key])
    await ask(cache, first, asked[first])
    assert asked[first].count == 1
    await ask(cache, second, asked[second])
    assert asked[second].count == 2
