"""Keyed transfers over many connections, and the account of them afterwards.

Every key is sent once with a body of its own (the key is also its `reference`), so that the database can be asked what
became of each: answered or not, it may stand at most once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from tests.faults.instance import GENEROUS_SECONDS, Instance, until
from uuid_utils import uuid4

from findigi.kernel import ids

LANES = 24
RETRIED = 50  # of those answered 201, the last ones; of the others all
_STANDS_SQL = """
select o.reference, o.id, (select count(*) from journal j where j.client_id = o.client_id and j.operation_id = o.id)
from operation o where o.reference like $1 || '%'"""

_RECORDED_SQL = "select key, answer from idempotency where key like $1 || '%'"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def operation_id(self) -> str:
        return json.loads(self.body)["item"]["id"]


class TornError(Exception):
    """The connection ended within an answer."""


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Reply:
    """One request and its answer. Raises OSError when the connection ended before any byte of it, else TornError."""
    writer.write(request)
    await writer.drain()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise TornError(error.partial) from None
        raise ConnectionResetError from None
    status, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    try:
        body = await reader.readexactly(int(headers["content-length"]))
    except (asyncio.IncompleteReadError, OSError) as error:
        raise TornError(head) from error
    return Reply(int(status.split()[1]), headers, body)


@dataclass(frozen=True, slots=True)
class Purse:
    """Who pays: a signed-in person and wallets of one asset."""

    token: str
    client_id: str
    wallets: list[str]

    def request(self, key: str, number: int) -> bytes:
        """One unit from one wallet to the next one."""
        source = self.wallets[number % len(self.wallets)]
        body = json.dumps(
            {
                "client_id": self.client_id,
                "source_wallet_id": source,
                "destination_wallet_id": self.wallets[(number + 1) % len(self.wallets)],
                "amount": "1",
                "reference": key,
            }
        )
        return (
            "POST /api/wallets/transfers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nx-findigi-is-test: true\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def fill_purse(instance: Instance) -> Purse:
    """The demo company's IDR wallets, which hold enough for any load here."""
    token: str = (await instance.sign_in())["access_token"]
    answer = await instance.call("GET", "/api/wallets", token=token)
    wallets = [wallet for wallet in answer.json()["items"] if wallet["asset"] == "IDR"]
    assert len(wallets) > 1
    return Purse(token, wallets[0]["client_id"], [wallet["id"] for wallet in wallets])


@dataclass
class Load:
    """`async with Load(instance, purse) as load:` keeps LANES requests under way; leaving waits for their answers."""

    instance: Instance
    purse: Purse
    prefix: str = field(default_factory=lambda: uuid4().hex[:12] + "-")
    requests: dict[str, bytes] = field(default_factory=dict[str, bytes])
    replies: dict[str, Reply] = field(default_factory=dict[str, Reply])
    torn: list[str] = field(default_factory=list[str])
    _stopped: bool = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(LANES)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await asyncio.wait_for(asyncio.gather(*self._tasks), GENEROUS_SECONDS)

    async def _lane(self) -> None:
        while not self._stopped:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.instance.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            try:
                while not self._stopped:
                    await self._next(reader, writer)
            except OSError:
                await asyncio.sleep(0.02)
            finally:
                writer.transport.abort()

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        key = self.new_key()
        try:
            reply = await exchange(reader, writer, self.requests[key])
        except TornError as error:
            self.torn.append(f"{key}: {error}")
            raise ConnectionResetError from error
        self.replies[key] = reply
        if reply.status == 503:
            await asyncio.sleep(0.02)

    def new_key(self) -> str:
        """Of one more transfer, which is not sent yet."""
        key = f"{self.prefix}{len(self.requests)}"
        self.requests[key] = self.purse.request(key, len(self.requests))
        return key

    @property
    def made(self) -> int:
        """How many were answered with 201."""
        return self.statuses[201]

    @property
    def statuses(self) -> Counter[int]:
        return Counter(reply.status for reply in self.replies.values())

    @property
    def unanswered(self) -> set[str]:
        return self.requests.keys() - self.replies.keys()

    async def goes_on(self, by: int = 100) -> None:
        """Waits for so many more 201."""
        goal = self.made + by
        await until(f"{goal} transfers are made", lambda: self.made >= goal)

    async def account(self) -> None:
        """What was answered 201 stands once, the rest at most once; the same keys make it once; the books are right."""
        assert self.torn == []
        assert self.statuses.keys() <= {201, 503}, self.statuses
        for reply in self.replies.values():
            assert reply.status == 201 or int(reply.headers["retry-after"]) > 0
        before = await self.standing()
        for key, reply in self.replies.items():
            if reply.status == 201:
                assert before.get(key) == reply.operation_id, f"{key} was answered, but is not what stands"
        made = [key for key, reply in self.replies.items() if reply.status == 201]
        again = await self.send((self.requests.keys() - made) | set(made[-RETRIED:]))
        after = await self.standing()
        assert after.keys() == self.requests.keys()
        assert before.items() <= after.items()
        recorded = {row["key"]: row["answer"] for row in await self.instance.rows(_RECORDED_SQL, self.prefix)}
        for key, reply in again.items():
            assert reply.operation_id == after[key]
            assert reply.body == recorded[key]
            assert reply.replayed or key not in before, f"{key} stood, and was not replayed"
            if key in self.replies and self.replies[key].status == 201:
                assert reply.body == self.replies[key].body
        await self.instance.verify()

    async def standing(self) -> dict[str, str]:
        """The operation that stands for each key that acted; fails unless it is one, with one journal."""
        rows = await self.instance.rows(_STANDS_SQL, self.prefix)
        found = {reference: ids.to_text(ids.OPERATION, operation_id) for reference, operation_id, _ in rows}
        assert len(found) == len(rows), "a key has two operations"
        assert all(journals == 1 for _, _, journals in rows), "an operation has not one journal"
        return found

    async def send(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Sends those keys (again), each until it is answered 201."""
        waiting = list(keys)
        replies: dict[str, Reply] = {}

        async def lane() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.instance.port)
            while waiting:
                key = waiting.pop()
                replies[key] = reply = await exchange(reader, writer, self.requests[key])
                assert reply.status in (201, 409, 503), reply
                if reply.status != 201:  # still under way, or nothing to be had now
                    waiting.append(key)
                    await asyncio.sleep(0.02)
            writer.close()
            await writer.wait_closed()

        async with asyncio.timeout(GENEROUS_SECONDS):
            await asyncio.gather(*(lane() for _ in range(LANES)))
        return replies
