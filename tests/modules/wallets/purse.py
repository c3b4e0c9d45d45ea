"""Members of workspaces who talk to the wallets over HTTP, and money for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast
from uuid import UUID

import httpx
from tests.modules.ledger.books import NOW, house_account, post, posting

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger import HOUSE, Line, Writer
from findigi.modules.ledger.model import Hold, Journal

NewMember: TypeAlias = Callable[..., Awaitable["Member"]]
_WAITERS_SQL = """
select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role in one workspace; `is_test` is the mode of the requests.

    `token` left out: the doorkeeper's, which is the user's id.
    """

    http: httpx.AsyncClient
    client_id: UUID
    user_id: UUID
    role: Role
    is_test: bool = True
    token: str = ""
    email: str = ""

    @property
    def client(self) -> str:
        return ids.to_text(ids.CLIENT, self.client_id)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.token or self.user_id}",
            "x-findigi-is-test": str(self.is_test).lower(),
        }

    def live(self) -> Member:
        return replace(self, is_test=False)

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers=self.headers | headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.call("POST", path, {} if body is None else body, **headers)

    async def item(self, path: str) -> dict[str, Any]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json()["item"])

    async def items(self, path: str) -> list[dict[str, Any]]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return cast("list[dict[str, Any]]", answer.json()["items"])

    async def wallet(self, name: str = "Operating", asset: str = "IDR", country: str = "ID") -> dict[str, Any]:
        answer = await self.post("/api/wallets", {"name": name, "country": country, "asset": asset})
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json()["item"])

    async def account(self, wallet_id: str, purpose: str = "reserve", label: str = "Tax") -> dict[str, Any]:
        answer = await self.post(f"/api/wallets/{wallet_id}/accounts", {"purpose": purpose, "label": label})
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json()["item"])


def account_id(text: str) -> UUID:
    return ids.parse(ids.ACCOUNT, text)


async def fund(database: Database, member: Member, account: str, asset: str, amount: int, **more: Any) -> Journal:
    """Moves `amount` smallest units between the sandbox's source and the account; negative takes them away."""
    source = await house_account(database, "funding", asset, is_test=member.is_test)
    lines = (Line(HOUSE, source.id, -amount), Line(member.client_id, account_id(account), amount))
    return await post(database, posting(member.client_id, *lines, **({"is_test": member.is_test} | more)))


async def hold(database: Database, member: Member, account: str, amount: int) -> None:
    """Sets `amount` smallest units aside."""
    placed = Hold(member.client_id, ids.new_id(), account_id(account), ids.new_id(), amount)
    await post(database, posting(member.client_id, place=(placed,), is_test=member.is_test))


async def somebody_waits(database: Database, *, bound_seconds: float = 20) -> None:
    """Returns when a statement on this database waits for a lock; fails when none ever does."""
    async with asyncio.timeout(bound_seconds), database.reading() as tx:
        while not await tx.value(_WAITERS_SQL):  # noqa: ASYNC110 -- the server tells nobody who waits
            await asyncio.sleep(0.01)


def fields_of(answer: httpx.Response, status: int, code: str) -> list[str]:
    """The fields that a refusal names, its status and code checked."""
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.text
    return [problem["field"] for problem in answer.json()["details"]]


__all__ = [
    "NOW",
    "Member",
    "NewMember",
    "Writer",
    "account_id",
    "fields_of",
    "fund",
    "hold",
    "somebody_waits",
]
