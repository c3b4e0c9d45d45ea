"""The assembled application as its callers see it: people who register, workspaces, and money that moves over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

import httpx
from tests.modules.wallets.purse import Member, fund

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger.service.verify import verify_all

PASSWORD = "seven-bright-lamps-hum"
TRANSFERS = "/api/wallets/transfers"
FUND = "/api/sandbox/fund"
ONBOARD = "/api/clients/onboard"
_numbers = itertools.count(1)
_ROWS_SQL = """
select (select count(*) from operation) as operations, (select count(*) from operation_incoming) as incoming,
       (select count(*) from journal) as journals, (select count(*) from journal_draft) as drafts,
       (select count(*) from entry) as entries, (select count(*) from idempotency) as records,
       (select count(*) from wallet) as wallets, (select count(*) from client) as clients,
       (select coalesce(sum(posted * posted), 0)::text from account) as money"""


def company(**other: Any) -> dict[str, Any]:
    """A body of POST /api/clients/onboard."""
    return {"name": "Alpha Trading", "type": "company", "country": "ID", "base_currency": "IDR"} | other


@dataclass(frozen=True, slots=True)
class Party:
    """The owner of an onboarded workspace, and its first wallets' ids by asset, in test mode and in live mode."""

    owner: Member
    test: dict[str, str]
    live: dict[str, str]


@dataclass(frozen=True, slots=True)
class Bank:
    """What a test talks to. People register from an address of their own, since strict limits count by address."""

    app: Any
    http: httpx.AsyncClient
    database: Database

    def browser(self) -> httpx.AsyncClient:
        """HTTP from an address that nobody has used."""
        number = next(_numbers)
        transport = httpx.ASGITransport(self.app, client=(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    async def person(self) -> Member:
        """Somebody who has registered and belongs to no workspace yet."""
        email = f"person{next(_numbers)}@example.com"
        async with self.browser() as http:
            body = {"email": email, "password": PASSWORD, "full_name": "Alex Tan"}
            answer = await http.post("/api/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        user_id = ids.parse(ids.USER, answer.json()["user"]["id"])
        token = answer.json()["access_token"]
        return Member(self.http, ids.new_id(), user_id, Role.owner, token=token, email=email)

    async def party(self, **other: Any) -> Party:
        """A new owner with an onboarded workspace."""
        owner = await self.person()
        answer = await owner.post(ONBOARD, company(**other))
        assert answer.status_code == 201, answer.text
        item = answer.json()["item"]
        owner = replace(owner, client_id=ids.parse(ids.CLIENT, item["client"]["client_id"]))
        by_mode: dict[str, dict[str, str]] = {"test": {}, "live": {}}
        for wallet in item["wallets"]:
            by_mode[wallet["mode"]][wallet["asset"]] = wallet["id"]
        return Party(owner, by_mode["test"], by_mode["live"])

    async def colleague(self, of: Member, role: Role) -> Member:
        """Somebody new with that role in the workspace."""
        made = replace(await self.person(), client_id=of.client_id, role=role)
        path = f"/api/clients/{of.client}/users"
        answer = await of.post(path, {"email": made.email, "role": role.name})
        assert answer.status_code in (200, 201), answer.text
        return made

    async def fund(self, member: Member, wallet_id: str, amount: str) -> dict[str, Any]:
        """Test money, from the faucet."""
        answer = await member.post(FUND, {"wallet_id": wallet_id, "amount": amount})
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json()["item"])

    async def fund_live(self, member: Member, wallet_id: str, asset: str, units: int) -> None:
        """Live money, which no operation makes yet: booked by hand, in smallest units."""
        (account,) = await member.live().items(f"/api/wallets/{wallet_id}/accounts")
        await fund(self.database, member.live(), account["id"], asset, units)

    async def rows(self) -> dict[str, Any]:
        """How much stands in the tables that money and its requests write."""
        async with self.database.reading() as tx:
            row = await tx.row(_ROWS_SQL)
        assert row is not None
        return dict(row)

    async def books_are_right(self) -> None:
        """Every chain, balance and sum of the whole database is what it should be."""
        report = await verify_all(self.database)
        assert report.wrong is None, str(report.wrong)


async def available(member: Member, wallet_id: str) -> str:
    """What may leave the wallet now."""
    return cast("str", (await member.item(f"/api/wallets/{wallet_id}"))["balance"]["available"])


async def pages(member: Member, path: str, **query: object) -> AsyncGenerator[list[dict[str, Any]]]:
    """Each page of a list, by its cursors."""
    cursor: str | None = ""
    while cursor is not None:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await member.get(f"{path}?{urlencode(asked)}" if asked else path)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        cursor = answer.json()["next_cursor"]


def transfer(source: str, destination: str, amount: str = "1", **other: Any) -> dict[str, Any]:
    """A body of POST /api/wallets/transfers."""
    return {"source_wallet_id": source, "destination_wallet_id": destination, "amount": amount} | other


async def moved(member: Member, source: str, destination: str, amount: str = "1", **other: Any) -> dict[str, Any]:
    """A transfer that goes through."""
    answer = await member.post(TRANSFERS, transfer(source, destination, amount, **other))
    assert answer.status_code == 201, answer.text
    return cast("dict[str, Any]", answer.json()["item"])
