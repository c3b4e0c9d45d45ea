"""PostgreSQL through asyncpg: one pool, transactions that one place commits, and several writes in one round trip."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import structlog

from findigi.kernel.sets import Part, text_literal, together

log = structlog.get_logger(__name__)

Row: TypeAlias = asyncpg.Record
UniqueViolation = asyncpg.UniqueViolationError
CheckViolation = asyncpg.CheckViolationError
RETRYABLE: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)
UNREACHABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # an idle connection that was told its end, and used before it was closed
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DiskFullError,
    ConnectionError,
    TimeoutError,
)


class Tx:
    """A connection in use. Store functions take one, run statements on it, and never commit."""

    __slots__ = ("connection",)

    def __init__(self, connection: asyncpg.Connection[Row]) -> None:
        self.connection = connection

    async def rows(self, sql: str, *args: object) -> list[Row]:
        """All rows."""
        return await self.connection.fetch(sql, *args)

    async def row(self, sql: str, *args: object) -> Row | None:
        """The first row, or None."""
        return await self.connection.fetchrow(sql, *args)

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        return await self.connection.fetchval(sql, *args)

    async def run(self, sql: str, *args: object) -> int:
        """Runs a statement and gives the number of rows it touched."""
        status = await self.connection.execute(sql, *args)
        tail = status.rpartition(" ")[2]
        return int(tail) if tail.isdigit() else 0

    async def run_together(self, parts: Sequence[Part]) -> str | None:
        """Runs independent writes in one round trip; gives the transaction's id, or None when there was nothing to do.

        By its id PostgreSQL tells later (`pg_xact_status`) whether the transaction committed.
        """
        if not parts:
            return None
        sql, args = together(parts)
        return await self.connection.fetchval(sql, *args)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """What happens inside is undone when it raises; the transaction goes on."""
        async with self.connection.transaction():
            yield


async def _leave_clean(connection: asyncpg.Connection[Row]) -> None:
    # The driver's own reset is a round trip for each use. We set nothing on a session, take no lock and no cursor that
    # outlives its transaction, so only a transaction left open would need one.
    if connection.is_in_transaction():
        await connection.reset()


async def _connect(*args: Any, **settings: Any) -> asyncpg.Connection[Row]:
    """Connects as asyncpg does; every way of not getting through is a ConnectionError.

    A server that ended takes its socket with it, which else is the same FileNotFoundError as that of any file.
    """
    try:
        return await asyncpg.connect(*args, **settings)
    except OSError as error:
        raise ConnectionError(f"no way to the database: {error or type(error).__name__}") from error


async def _prepare_connection(connection: asyncpg.Connection[Row]) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=_json_text,
        decoder=msgspec.json.decode,
        schema="pg_catalog",
        format="text",
    )


def _json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Chained:
    """A connection of one's own that is always inside a transaction which has done nothing yet.

    `COMMIT AND CHAIN` ends one transaction and begins the next in one round trip. Until its first statement a
    transaction holds neither a snapshot nor a lock, so waiting in it is free.
    """

    def __init__(self, connection: asyncpg.Connection[Row]) -> None:
        self._connection = connection
        self._prepared: dict[str, str] = {}
        self.tx = Tx(connection)

    async def commit(self, parts: Sequence[Part] = ()) -> None:
        """Writes the parts (of `set_part`) and commits, in one round trip; is in the next transaction then.

        The locks of the transaction are held for that round trip less. When a part is refused nothing is committed,
        and the transaction waits to be rolled back.
        """
        if not parts:
            await self._connection.execute("commit and chain")
            return
        sql, arguments = together(parts)
        name = self._prepared.get(sql)
        if name is None:
            name = f"writes_{len(self._prepared)}"
            await self._connection.execute(f"prepare {name} ({', '.join(['text'] * len(arguments))}) as {sql}")
            self._prepared[sql] = name
        literals = ", ".join([text_literal(argument) for argument in arguments])
        await self._connection.execute(f"/* write and commit */ execute {name} ({literals}); commit and chain")

    async def roll_back(self) -> None:
        """Rolls back, and is in the next transaction."""
        await self._connection.execute("rollback and chain")

    def terminate(self) -> None:
        """Drops the connection without waiting for the server."""
        self._connection.terminate()


@dataclass(slots=True)
class _Listener:
    channel: str
    on_message: Callable[[str], None]
    on_gap: Callable[[], None]


class Database:
    """The pool. `transaction()` commits at its end; `reading()` lends a connection for single statements."""

    def __init__(self, dsn: str, *, size: int = 10, application: str = "findigi") -> None:
        self.dsn = dsn
        self._size = size
        self._application = application
        self._pool: asyncpg.Pool[Row] | None = None
        self._listeners: list[_Listener] = []
        self._listening: asyncio.Task[None] | None = None
        self.hears = False

    async def open(self) -> Database:
        """Connects; raises what asyncpg raises when the server cannot be reached."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            connect=_connect,
            min_size=1,
            max_size=self._size,
            command_timeout=30,
            init=_prepare_connection,
            reset=_leave_clean,
            server_settings={
                "application_name": self._application,
                "statement_timeout": "20s",
                "lock_timeout": "10s",
                "idle_in_transaction_session_timeout": "60s",
                "timezone": "UTC",
                # Planned once, by the indexes: every statement names its workspace, and a plan made while a table was
                # empty must be as good when it is full.
                "plan_cache_mode": "force_generic_plan",
                "enable_seqscan": "off",
                "jit": "off",
            },
        )
        return self

    async def close(self) -> None:
        """Waits for what runs, then closes all connections."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def pool(self) -> asyncpg.Pool[Row]:
        """The open pool."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """One transaction: commits when the block ends, rolls back when it raises."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield Tx(_plain(connection))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Tx]:
        """A connection without a transaction around it."""
        async with self.pool.acquire() as connection:
            yield Tx(_plain(connection))

    async def connect_alone(self, settings: dict[str, str] | None = None) -> asyncpg.Connection[Row]:
        """A connection outside the pool, for the one who keeps it (the ledger's writer, a listener)."""
        connection = await _connect(
            self.dsn,
            command_timeout=30,
            server_settings={
                "application_name": self._application,
                "timezone": "UTC",
                **(settings or {}),
            },
        )
        await _prepare_connection(connection)
        return connection

    async def chained(self, settings: dict[str, str]) -> Chained:
        """A connection outside the pool, begun; `settings` are the server's, for this session."""
        connection = await self.connect_alone(
            {**settings, "idle_in_transaction_session_timeout": "0", "standard_conforming_strings": "on"}
        )
        await connection.execute("begin")
        return Chained(connection)

    def listen(
        self,
        channel: str,
        on_message: Callable[[str], None],
        on_gap: Callable[[], None],
    ) -> None:
        """Calls `on_message(payload)` for each NOTIFY, `on_gap()` whenever messages may have been missed.

        `hears` is False while the listening connection is down: caches that live by it must not be believed then.
        """
        self._listeners.append(_Listener(channel, on_message, on_gap))

    async def start_listening(self) -> None:
        """Opens the listening connection and waits until it hears."""
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready), name="database-listener")
        await ready.wait()

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            try:
                await self._listen_once(ready)
            except (
                asyncpg.PostgresError,
                OSError,
                asyncpg.InterfaceError,
                TimeoutError,
            ) as error:
                log.warning("listener_lost", error=repr(error))
            finally:
                self.hears = False
                for listener in self._listeners:
                    listener.on_gap()
            await asyncio.sleep(0.5)

    async def _listen_once(self, ready: asyncio.Event) -> None:
        connection = await self.connect_alone()
        lost = asyncio.Event()

        def deaf(_connection: object) -> None:
            self.hears = False
            lost.set()

        connection.add_termination_listener(deaf)  # at once, where the server says that it ends
        try:
            for listener in self._listeners:
                await connection.add_listener(listener.channel, _hand_to(listener.on_message))
            for listener in self._listeners:
                listener.on_gap()  # whatever was cached before this moment was not covered
            self.hears = True
            ready.set()
            while True:  # a half-open connection is found within two seconds
                with contextlib.suppress(TimeoutError):  # nothing lost
                    await asyncio.wait_for(lost.wait(), 1)
                await asyncio.wait_for(connection.fetchval("select 1"), 1)
        finally:
            self.hears = False
            connection.terminate()


def _hand_to(
    on_message: Callable[[str], None],
) -> Callable[..., Awaitable[None] | None]:
    def receive(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        on_message(str(payload))

    return receive


def _plain(connection: Any) -> asyncpg.Connection[Row]:
    # The pool lends a proxy with the connection's whole interface; its type says less than it does.
    return connection


def uuids(values: Sequence[UUID]) -> list[UUID]:
    """A list for `$n::uuid[]`."""
    return list(values)
