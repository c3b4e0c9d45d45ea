"""A small application of identity, clients and sandbox on the real database, with a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
from argon2 import PasswordHasher

from findigi.gateways import mail
from findigi.kernel import clock
from findigi.kernel.context import Role, Runtime
from findigi.kernel.db import Database
from findigi.kernel.http import Dispatcher, Endpoint, Principal
from findigi.kernel.http.rates import RateLimiter
from findigi.kernel.jobs import Job, JobEnv
from findigi.kernel.settings import Settings
from findigi.modules import clients, identity, sandbox
from findigi.modules.clients import store
from findigi.modules.identity.store import people

PASSWORD = "seven-bright-lamps-hum"
JOBS: dict[str, Job] = {job.name: job for job in (*mail.jobs, *identity.jobs)}
_TAKE_SQL = "delete from pgqueuer where entrypoint = any($1::text[]) returning id, entrypoint, payload"


class CountingHasher(PasswordHasher):
    """Argon2id with the weakest parameters, which counts how often it checks a password."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.verifications = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 -- the parent's name
        self.verifications += 1
        return super().verify(hash, password)


class Clock:
    """The real time plus what a test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return clock.utc_now() + self.ahead

    def forward(self, **parts: float) -> None:
        self.ahead += timedelta(**parts)


class OwnGate:
    """The gate as main assembles it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def principal(self, token: str, now: datetime) -> Principal:
        return await self._runtime.part(identity.Sessions).principal(token, now)

    async def workspaces(self, user_id: UUID, *, fresh: bool = False) -> Mapping[UUID, Role]:
        return await self._runtime.part(clients.Workspaces).of(user_id)


@dataclass
class House:
    """What a test talks to."""

    runtime: Runtime
    http: httpx.AsyncClient
    hasher: CountingHasher
    clock: Clock
    counter: list[int] = field(default_factory=lambda: [0])
    awaited: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    def told(self, payload: str) -> None:
        """Somebody said that a user's sessions or memberships changed."""
        if payload in self.awaited:
            self.awaited[payload].set()

    def news_of(self, user_id: UUID) -> asyncio.Event:
        """Set when this process hears the next time that something about the user changed."""
        return self.awaited.setdefault(str(user_id), asyncio.Event())

    async def call(
        self, method: str, path: str, body: object = None, *, token: str = "", **headers: str
    ) -> httpx.Response:
        """A request in test mode; header names with underscores for hyphens."""
        sent = {"x-findigi-is-test": "true"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return await self.http.request(method, path, json=body, headers=sent)

    async def post(self, path: str, body: object = None, *, token: str = "", **headers: str) -> httpx.Response:
        return await self.call("POST", path, body, token=token, **headers)

    async def get(self, path: str, *, token: str = "", **headers: str) -> httpx.Response:
        return await self.call("GET", path, token=token, **headers)

    async def signed_up(self, email: str = "", name: str = "Alex Tan") -> tuple[str, str, dict[str, Any]]:
        """A new user: address, token, user."""
        self.counter[0] += 1
        email = email or f"person{self.counter[0]}@example.com"
        answer = await self.post("/api/auth/register", {"email": email, "password": PASSWORD, "full_name": name})
        assert answer.status_code == 201, answer.text
        return email, answer.json()["access_token"], answer.json()["user"]

    async def workspace(self, token: str, name: str = "Alpha Trading") -> str:
        """A new workspace's id."""
        body = {"name": name, "type": "company", "country": "ID", "base_currency": "IDR"}
        answer = await self.post("/api/clients", body, token=token)
        assert answer.status_code == 201, answer.text
        return answer.json()["item"]["client_id"]

    async def work_off(self) -> None:
        """Does all queued jobs as a worker would, until none is left."""
        while True:
            async with self.runtime.database.reading() as tx:
                rows = await tx.rows(_TAKE_SQL, list(JOBS))
            if not rows:
                return
            for row in rows:
                env = JobEnv(self.runtime.settings, self.runtime.database, row["id"], 1, last_attempt=False)
                await JOBS[row["entrypoint"]].handler(env, row["payload"])

    async def mails(self, address: str) -> list[dict[str, Any]]:
        """The mails to that address, newest first, after all jobs are done."""
        await self.work_off()
        answer = await self.http.get(
            "/api/sandbox/mailbox", params={"address": address}, headers={"x-findigi-is-test": "true"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def two_factor(self, user: dict[str, Any]) -> None:
        """Turns mailed codes on."""
        async with self.runtime.database.transaction() as tx:
            person = await identity.find_user_by_email(tx, email=user["email"])
            assert person is not None
            await identity.enable_email_two_factor(tx, user_id=person.id)

    async def challenge(self, email: str) -> str:
        """A login up to its second step: the challenge's id."""
        answer = await self.post("/api/auth/login", {"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return answer.json()["challenge_id"]


def error_of(answer: httpx.Response, status: int) -> str:
    """The error code of a refusal, whose shape is checked."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "message", "details", "request_id"}
    assert body["message"]
    return cast("str", body["error"])


def field_of(answer: httpx.Response) -> str:
    """The field that a 400 names."""
    assert error_of(answer, 400) == "VALIDATION_ERROR"
    return answer.json()["details"][0]["field"]


def _do_nothing() -> None:
    """The house itself keeps nothing that a gap could spoil."""


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock, endpoints: Iterable[Endpoint] | None = None
) -> AsyncGenerator[House]:
    """One process of the application: its own pool, caches and listener."""
    database = Database(settings.dsn, size=8)
    runtime = Runtime(settings, database)
    identity.provide(runtime)
    runtime.provide(clients.Workspaces(database))
    hasher = CountingHasher()
    runtime.provide(identity.Passwords(hasher))
    limiter = RateLimiter(10_000, 10_000)
    shown = endpoints or (*identity.endpoints, *clients.endpoints, *sandbox.endpoints)
    dispatcher = Dispatcher(runtime, shown, OwnGate(runtime), limiter=limiter, strict_limiter=limiter)
    transport = httpx.ASGITransport(dispatcher)
    http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
    house = House(runtime, http, hasher, clock)
    for channel in (people.SESSION_ENDED, store.MEMBERSHIP_CHANGED):
        database.listen(channel, house.told, _do_nothing)
    await database.open()
    try:
        await database.start_listening()
        async with http:
            yield house
    finally:
        await database.close()
