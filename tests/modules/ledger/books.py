"""Workspaces with accounts, and postings on them, for the ledger's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.answer import Answer
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.kernel.errors import Refusal, Unauthenticated, render
from findigi.kernel.http import Principal
from findigi.kernel.idempotency import Key
from findigi.modules.ledger.model import HOUSE, Account, Journal, Line, Outcome, Posting
from findigi.modules.ledger.service.accounts import NewAccount, open_accounts
from findigi.modules.ledger.service.posting import post_one
from findigi.modules.ledger.service.verify import verify_all

NOW = datetime(2026, 4, 10, 18, 0, tzinfo=UTC)


@dataclass(slots=True)
class Workspace:
    """A workspace in test mode with one wallet account per name, and somebody who may use it."""

    client_id: UUID
    user_id: UUID
    accounts: dict[str, Account]
    role: Role = Role.owner

    def line(self, name: str, amount: int) -> Line:
        return Line(self.client_id, self.accounts[name].id, amount)

    def id(self, name: str) -> str:
        return ids.to_text(ids.ACCOUNT, self.accounts[name].id)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.user_id}", "x-findigi-is-test": "true"}


@dataclass(slots=True)
class Doorkeeper:
    """A gate whose tokens are user ids."""

    members: dict[UUID, dict[UUID, Role]] = field(default_factory=dict[UUID, dict[UUID, Role]])

    async def principal(self, token: str, now: datetime) -> Principal:
        try:
            user_id = UUID(token)
        except ValueError:
            raise Unauthenticated from None
        if user_id not in self.members:
            raise Unauthenticated
        return Principal(user_id, user_id)

    async def workspaces(self, user_id: UUID, *, fresh: bool = False) -> Mapping[UUID, Role]:
        return self.members[user_id]


async def open_workspace(database: Database, *, is_test: bool = True, **assets: str) -> Workspace:
    """A workspace with the named accounts (name=asset); without any: a and b in IDR, s in SGD."""
    client_id = ids.new_id()
    named = assets or {"a": "IDR", "b": "IDR", "s": "SGD"}
    new = [
        NewAccount(client_id, is_test, f"wallet/{ids.to_text(ids.ACCOUNT, ids.new_id())}", "liability", asset, name)
        for name, asset in named.items()
    ]
    async with database.transaction() as tx:
        opened = await open_accounts(tx, new, now=NOW)
    return Workspace(client_id, ids.new_id(), dict(zip(named, opened, strict=True)))


async def house_account(
    database: Database,
    code: str,
    asset: str,
    *,
    side: Literal["credit", "debit", "both"] = "both",
    is_test: bool = True,
) -> Account:
    kind = "income" if code.startswith("revenue/") else "equity"
    async with database.transaction() as tx:
        (opened,) = await open_accounts(tx, [NewAccount(HOUSE, is_test, code, kind, asset, code, side)], now=NOW)
    return opened


def posting(client_id: UUID, *lines: Line, **more: Any) -> Posting:
    rest: dict[str, Any] = {
        "is_test": True,
        "journal_id": ids.new_id(),
        "operation_id": None,
        "kind": "wallet_transfer",
        "description": "",
        "at": NOW,
    } | more
    return Posting(client_id=client_id, lines=lines, **rest)


async def post(database: Database, what: Posting) -> Journal:
    async with database.transaction() as tx:
        return await post_one(tx, what)


async def fund(database: Database, workspace: Workspace, name: str, amount: int, *, is_test: bool = True) -> Journal:
    """Money from the sandbox's source, as a journal of the workspace's chain."""
    account = workspace.accounts[name]
    source = await house_account(database, "funding", account.asset, is_test=is_test)
    what = posting(
        workspace.client_id, Line(HOUSE, source.id, -amount), workspace.line(name, amount), kind="demo", is_test=is_test
    )
    return await post(database, what)


async def balances(database: Database, workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Posted and held by the accounts' names."""
    async with database.reading() as tx:
        rows = await tx.rows("select id, posted, held from account where client_id = $1", workspace.client_id)
    found = {row["id"]: (int(row["posted"]), int(row["held"])) for row in rows}
    return {name: found[account.id] for name, account in workspace.accounts.items()}


def told(outcome: Outcome) -> tuple[Answer, tuple[()]]:
    """A `finish` that answers with the journal's number, or the refusal."""
    if isinstance(outcome, Refusal):
        return Answer(outcome.status, render(outcome, "req_test")), ()
    return Answer(201, f'{{"journal":"{outcome.posting.journal_id}","number":{outcome.number}}}'.encode()), ()


def key_of(own: Workspace, text: str, body: bytes = b"") -> Key:
    return Key(own.client_id, True, "create_transfer", text, body)


def move(own: Workspace, amount: int) -> Posting:
    return posting(own.client_id, own.line("a", -amount), own.line("b", amount))


async def in_right_books(database: Database, own: Workspace, a: int, b: int, *, held: int = 0) -> None:
    found = await balances(database, own)
    assert (found["a"], found["b"]) == ((a, held), (b, 0))
    assert (await verify_all(database)).wrong is None
