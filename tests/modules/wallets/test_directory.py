from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from tests.modules.wallets.purse import NOW

from findigi.kernel import ids
from findigi.kernel.db import Database, Tx
from findigi.modules.wallets import Directory, Wallet, WalletRef, open_wallet, read_wallets


class _Watched(Database):
    """The database, with a count of the questions and a door that can be held shut."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.dsn)
        self._database = database
        self.questions = 0
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Tx]:
        self.questions += 1
        self.asked.set()
        await self.gate.wait()
        if self.fails:
            raise ConnectionError("gone")
        async with self._database.reading() as tx:
            yield tx


async def _wallet(database: Database, client_id: UUID | None = None) -> Wallet:
    async with database.transaction() as tx:
        return await open_wallet(
            tx, client_id=client_id or ids.new_id(), is_test=True, name="w", country="ID", asset="IDR", now=NOW
        )


def _ref(wallet: Wallet) -> WalletRef:
    return WalletRef(wallet.id, wallet.client_id, wallet.main_account_id, wallet.asset, wallet.is_test)


@pytest.fixture
def watched(database: Database, clean: None) -> _Watched:
    return _Watched(database)


async def test_a_wallet_is_resolved_by_its_id_alone_and_then_from_memory(database: Database, watched: _Watched) -> None:
    wallet, directory = await _wallet(database), Directory(watched)
    for _ in range(3):
        assert await directory.resolve(wallet.id) == _ref(wallet)
    assert watched.questions == 1


async def test_a_miss_is_not_remembered(database: Database, watched: _Watched) -> None:
    directory, unknown = Directory(watched), ids.new_id()
    assert await directory.resolve(unknown) is None
    assert await directory.resolve(unknown) is None
    assert watched.questions == 2


async def test_misses_at_once_go_as_one_question(database: Database, watched: _Watched) -> None:
    wallets = [await _wallet(database) for _ in range(5)]
    directory = Directory(watched)
    found = await asyncio.gather(*(directory.resolve(wallet.id) for wallet in wallets * 3))
    assert found == [_ref(wallet) for wallet in wallets * 3]
    assert watched.questions == 1


async def test_what_is_asked_while_a_question_runs_goes_as_the_next(database: Database, watched: _Watched) -> None:
    directory, late = Directory(watched), ids.new_id()
    watched.gate.clear()
    first = asyncio.create_task(directory.resolve(late))
    await watched.asked.wait()
    wallets = [await _wallet(database) for _ in range(3)]
    others = [asyncio.create_task(directory.resolve(wallet.id)) for wallet in wallets]
    again = asyncio.create_task(directory.resolve(late))
    await asyncio.sleep(0)
    watched.gate.set()
    assert await first is None
    assert await again is None
    assert [await other for other in others] == [_ref(wallet) for wallet in wallets]
    assert watched.questions == 2


async def test_the_longest_unused_is_forgotten_first(database: Database, watched: _Watched) -> None:
    one, two, three = [(await _wallet(database)).id for _ in range(3)]
    directory = Directory(watched, most=2)
    for each in (one, two, one, three):
        await directory.resolve(each)
    assert watched.questions == 3
    await directory.resolve(one)
    assert watched.questions == 3
    await directory.resolve(two)
    assert watched.questions == 4


async def test_who_goes_away_does_not_take_the_answer_from_others(database: Database, watched: _Watched) -> None:
    wallet, directory = await _wallet(database), Directory(watched)
    watched.gate.clear()
    leaving, staying = [asyncio.create_task(directory.resolve(wallet.id)) for _ in range(2)]
    await asyncio.sleep(0)
    leaving.cancel()
    watched.gate.set()
    assert await staying == _ref(wallet)


async def test_a_lost_database_is_told_and_asked_again(database: Database, watched: _Watched) -> None:
    wallet, directory = await _wallet(database), Directory(watched)
    watched.fails = True
    with pytest.raises(ConnectionError):
        await directory.resolve(wallet.id)
    watched.fails = False
    assert await directory.resolve(wallet.id) == _ref(wallet)


async def test_who_opens_a_wallet_says_whether_it_is_primary(database: Database, clean: None) -> None:
    client_id = ids.new_id()
    made: list[UUID] = []
    async with database.transaction() as tx:
        for primary in (False, None, False, True, None):
            wallet = await open_wallet(
                tx,
                client_id=client_id,
                is_test=False,
                name="w",
                country="ID",
                asset="IDR",
                now=NOW,
                primary=primary,
            )
            made.append(wallet.id)
            states = {each.id: each.is_primary for each in await read_wallets(tx, client_id=client_id, is_test=False)}
            chosen = [number for number, each in enumerate(made) if states[each]]
            assert chosen == {1: [], 2: [1], 3: [1], 4: [3], 5: [3]}[len(made)]
        assert await read_wallets(tx, client_id=client_id, is_test=True) == []
