"""docs/ledger.md in step with the code: each row of an operation that exists against what it really posts."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any, Final

import pytest
import pytest_asyncio
from tests.modules.bank import Bank, Party, moved
from tests.modules.bank_fixtures import bank, party
from tests.support import ROOT

from findigi.kernel.settings import Settings
from findigi.main import prepare
from findigi.modules.operations import Type

__all__ = ["bank", "party"]

SERVED: Final = {
    "wallet_transfer, same asset": "wallet_transfer",
    "manual_journal": "manual_journal",
    "demo and faucet (test)": "payin",
}
"""The table's rows that the code posts today, and the kind of their journals."""
_ENTRIES_SQL = """
select a.code, a.kind, a.side, e.amount, a.client_id = j.client_id as own
from journal j join entry e on e.journal_id = j.id join account a on a.client_id = e.client_id and a.id = e.account_id
where j.kind = $1 order by j.client_id, j.number, e.position"""
_HEADING: Final = "## Journals"
MINUS: Final = "\u2212"


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, its two head lines left out."""
    text = (ROOT / "docs/ledger.md").read_text("utf-8").partition(heading)[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def posts(operation: str) -> str:
    """What the table says that the operation posts."""
    (found,) = [cells[2] for cells in rows_under(_HEADING) if cells[0] == operation]
    return found


def signs(written: str) -> dict[str, int]:
    """Account and sign of each entry, what stands in brackets and what only a fee adds left out."""
    plain = re.sub(r"\((?!a\+F\)).*?\)$", "", written)
    found: dict[str, int] = {}
    for part in plain.split("·"):
        name, amount = re.fullmatch(rf"\s*(\S+) ([+{MINUS}].*?)\s*", part).groups()  # pyright: ignore[reportOptionalMemberAccess]
        if amount.lstrip("+" + MINUS) != "F":
            found[name] = 1 if amount[0] == "+" else -1
    return found


async def posted(bank: Bank, kind: str) -> list[dict[str, Any]]:
    async with bank.database.reading() as tx:
        return [dict(row) for row in await tx.rows(_ENTRIES_SQL, kind)]


@pytest_asyncio.fixture
async def history(bank: Bank, party: Party, settings: Settings) -> AsyncGenerator[Bank]:
    """Each operation that exists, done once and more."""
    await prepare(settings)
    other, owner = await bank.party(name="Beta"), party.owner
    second = (await owner.wallet("Second"))["id"]
    await bank.fund(owner, party.test["IDR"], "10")
    await moved(owner, party.test["IDR"], second, "4")
    await moved(owner, party.test["IDR"], other.test["IDR"], "3")
    accounts = [
        (await owner.items(f"/api/wallets/{wallet}/accounts"))[0]["id"] for wallet in (second, party.test["IDR"])
    ]
    entries = [
        {"account_id": account, "amount": "2", "side": side}
        for account, side in zip(accounts, ("debit", "credit"), strict=True)
    ]
    answer = await owner.post("/api/ledger/journals", {"description": "back", "entries": entries})
    assert (await owner.post(f"/api/ledger/journals/{answer.json()['item']['id']}/post")).status_code == 200
    yield bank


def test_every_kind_of_operation_stands_in_the_table() -> None:
    written = {cells[0] for cells in rows_under(_HEADING)}
    assert set(SERVED) <= written
    assert {kind.value for kind in Type} == set(SERVED.values())


async def test_nothing_else_is_posted(history: Bank) -> None:
    async with history.database.reading() as tx:
        kinds = {row["kind"] for row in await tx.rows("select distinct kind from journal")}
    assert kinds == set(SERVED.values())


async def test_a_transfer_takes_from_the_source_and_gives_to_the_destination(history: Bank) -> None:
    assert signs(posts("wallet_transfer, same asset")) == {"source": -1, "destination": 1}
    entries = await posted(history, "wallet_transfer")
    assert len(entries) >= 4
    for source, destination in zip(entries[::2], entries[1::2], strict=True):
        assert source["amount"] == -destination["amount"] < 0
        assert source["own"]
        assert {source["code"][:7], destination["code"][:7]} == {"wallet/"}
    assert {entry["own"] for entry in entries[1::2]} == {True, False}  # also to another workspace


async def test_test_money_comes_from_funding(history: Bank) -> None:
    assert signs(posts("demo and faucet (test)")) == {"funding": -1, "wallet": 1}
    entries = await posted(history, "payin")
    assert {(entry["code"].partition("/")[0], entry["amount"] > 0) for entry in entries} == {
        ("funding", False),
        ("wallet", True),
    }
    for funding, wallet in zip(entries[::2], entries[1::2], strict=True):
        assert funding["amount"] == -wallet["amount"]


async def test_a_manual_journal_stays_with_the_workspaces_own_accounts(history: Bank) -> None:
    assert posts("manual_journal") == "the workspace's own accounts only, zero per asset"
    entries = await posted(history, "manual_journal")
    assert len(entries) == 2
    assert all(entry["own"] and entry["code"].startswith("wallet/") for entry in entries)
    assert sum(entry["amount"] for entry in entries) == 0


async def test_every_account_is_one_of_the_tables_kinds(history: Bank) -> None:
    """Code, kind and the sign that it may have."""
    may = {"no": "credit", "both": "both", "asset side only": "debit", "\u2013": None}
    known = [
        (re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(code)), cells[1], may[cells[3]])
        for cells in rows_under("## Accounts")
        for code in re.findall(r"`([^`]+)`", cells[0])
    ]
    async with history.database.reading() as tx:
        accounts = await tx.rows("select code, kind, side from account")
    assert len(accounts) > 10
    for account in accounts:
        fitting = [(kind, side) for code, kind, side in known if re.fullmatch(code, account["code"])]
        assert (account["kind"], account["side"]) in fitting, dict(account)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"source {MINUS}(a+F) · destination +a · revenue/fee +F", {"source": -1, "destination": 1}),
        (f"funding {MINUS}a · wallet +a (or chain/treasury by a real transaction)", {"funding": -1, "wallet": 1}),
        (f"source +a · destination {MINUS}a", {"source": 1, "destination": -1}),
    ],
)
def test_the_table_is_read_as_it_is_written(written: str, expected: dict[str, int]) -> None:
    assert signs(written) == expected
