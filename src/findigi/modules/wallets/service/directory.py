"""The directory: from a wallet's id to what never changes about it, from memory wherever possible."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final
from uuid import UUID

from findigi.kernel.db import Database
from findigi.modules.wallets import store
from findigi.modules.wallets.model import WalletRef

MOST_KNOWN: Final = 100_000
LARGEST_QUESTION: Final = 500


class Directory:
    """One per process. Remembers the wallets used last; their rows never change, so what is known stays true."""

    def __init__(self, database: Database, *, most: int = MOST_KNOWN) -> None:
        self._database = database
        self._most = most
        self._known: OrderedDict[UUID, WalletRef] = OrderedDict()
        self._wanted: dict[UUID, asyncio.Future[WalletRef | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def resolve(self, wallet_id: UUID) -> WalletRef | None:
        """The wallet of whatever workspace and mode, or None when there is none now.

        Ids that are not known gather while a question to the database runs and go together as the next one. Raises
        what the database raises.
        """
        ref = self._known.get(wallet_id)
        if ref is not None:
            self._known.move_to_end(wallet_id)
            return ref
        answer = self._wanted.get(wallet_id)
        if answer is None:
            answer = self._wanted[wallet_id] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all(), name="wallet-directory")
        # shielded: others may wait for the same answer, and one that goes away must not take it from them
        return await asyncio.shield(answer)

    async def _ask_all(self) -> None:
        # A question that has left is not joined any more: a wallet opened since then would be missed.
        try:
            while self._wanted:
                question = {each: self._wanted.pop(each) for each in list(self._wanted)[:LARGEST_QUESTION]}
                await self._ask(question)
        finally:
            self._asking = None

    async def _ask(self, question: dict[UUID, asyncio.Future[WalletRef | None]]) -> None:
        try:
            async with self._database.reading() as tx:
                refs = await store.resolve(tx, list(question))
        except Exception as error:  # noqa: BLE001 -- whoever waits for the answer raises it
            for answer in question.values():
                answer.set_exception(error)
            return
        for ref in refs:
            self._keep(ref)
            question.pop(ref.wallet_id).set_result(ref)
        for answer in question.values():
            answer.set_result(None)

    def _keep(self, ref: WalletRef) -> None:
        self._known[ref.wallet_id] = ref
        if len(self._known) > self._most:
            self._known.popitem(last=False)
