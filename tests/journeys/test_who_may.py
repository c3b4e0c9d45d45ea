"""Roles and modes as tables: what each role may do with each operation, and that test and live never see each other."""

from __future__ import annotations

import itertools
from typing import Any, Final

import pytest
from tests.modules.bank import Bank, Party, moved, transfer
from tests.modules.wallets.purse import Member

from findigi.kernel.context import Role
from findigi.kernel.http import Access
from findigi.main import ENDPOINTS

WALLET: Final = "/api/wallets/{wallet}"
JOURNAL: Final = "/api/ledger/journals/{draft}"
NEWCOMER: Final = {"email": "{email}", "full_name": "New", "role": "viewer"}
_numbers = itertools.count()

# operation: method, path, body, the weakest role that may, the status it then gives
TABLE: Final[dict[str, tuple[str, str, dict[str, Any], Role, int]]] = {
    "get_client": ("GET", "/api/clients/{client}", {}, Role.viewer, 200),
    "list_client_users": ("GET", "/api/clients/{client}/users", {}, Role.viewer, 200),
    "put_client_user": ("POST", "/api/clients/{client}/users", NEWCOMER, Role.admin, 201),
    "create_user": ("POST", "/api/users", NEWCOMER, Role.admin, 201),
    "onboard_client": ("POST", "/api/clients/{client}/onboard", {}, Role.admin, 200),
    "list_wallets": ("GET", "/api/wallets", {}, Role.viewer, 200),
    "create_wallet": ("POST", "/api/wallets", {"name": "N", "country": "ID", "asset": "IDR"}, Role.admin, 201),
    "get_wallet": ("GET", WALLET, {}, Role.viewer, 200),
    "get_wallet_balances": ("GET", WALLET + "/balances", {}, Role.viewer, 200),
    "list_wallet_history": ("GET", WALLET + "/history", {}, Role.viewer, 200),
    "list_wallet_accounts": ("GET", WALLET + "/accounts", {}, Role.viewer, 200),
    "create_wallet_account": ("POST", WALLET + "/accounts", {"purpose": "reserve", "label": "Tax"}, Role.admin, 201),
    "make_wallet_primary": ("POST", WALLET + "/make-primary", {}, Role.admin, 200),
    "close_wallet": ("POST", "/api/wallets/{empty}/close", {}, Role.admin, 200),
    "create_transfer": ("POST", "/api/wallets/transfers", transfer("{wallet}", "{empty}"), Role.maker, 201),
    "get_transfer": ("GET", "/api/wallets/transfers/{transfer}", {}, Role.viewer, 200),
    "list_accounts": ("GET", "/api/ledger/accounts", {}, Role.viewer, 200),
    "list_journals": ("GET", "/api/ledger/journals", {}, Role.viewer, 200),
    "get_journal": ("GET", JOURNAL, {}, Role.viewer, 200),
    "create_journal": ("POST", "/api/ledger/journals", {"description": "x", "entries": "{entries}"}, Role.maker, 201),
    "post_journal": ("POST", JOURNAL + "/post", {}, Role.maker, 200),
    "list_transactions": ("GET", "/api/transactions", {}, Role.viewer, 200),
    "fund_wallet": ("POST", "/api/sandbox/fund", {"wallet_id": "{wallet}", "amount": "1"}, Role.maker, 201),
}  # fmt: skip


async def main_account(owner: Member, wallet: str) -> str:
    rows = await owner.items(f"/api/wallets/{wallet}/accounts")
    return next(row["id"] for row in rows if row["purpose"] == "main")


async def things(owner: Member, wallet: str) -> dict[str, Any]:
    """One of each thing that the table names, made in the member's mode; the wallet has money."""
    empty = (await owner.wallet("Empty"))["id"]
    made = await moved(owner, wallet, (await owner.wallet("Other"))["id"], "1")
    accounts = [await main_account(owner, each) for each in (wallet, empty)]
    entries = [
        {"account_id": account, "amount": "1", "side": side}
        for account, side in zip(accounts, ("debit", "credit"), strict=True)
    ]
    draft = await owner.post("/api/ledger/journals", {"description": "x", "entries": entries})
    assert draft.status_code == 201, draft.text
    return {
        "client": owner.client,
        "wallet": wallet,
        "empty": empty,
        "transfer": made["id"],
        "journal": made["journal_ids"][0],
        "draft": draft.json()["item"]["id"],
        "account": accounts[0],
        "entries": entries,
        "email": f"new{next(_numbers)}@example.com",
    }


def filled(body: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    return {name: known.get(str(value).strip("{}"), value) for name, value in body.items()}


def test_the_table_has_every_operation_of_a_workspace() -> None:
    assert set(TABLE) == {endpoint.name for endpoint in ENDPOINTS if endpoint.access is Access.WORKSPACE}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
async def test_a_role_may_what_it_may_and_nothing_else(bank: Bank, party: Party, role: Role) -> None:
    await bank.fund(party.owner, party.test["IDR"], "1000")
    member = party.owner if role is Role.owner else await bank.colleague(party.owner, role)
    wrong: list[str] = []
    for name, (method, path, body, least, status) in TABLE.items():
        known = await things(party.owner, party.test["IDR"])
        before = await bank.rows()
        answer = await member.call(method, path.format(**known), filled(body, known) if method == "POST" else None)
        expected = status if role >= least else 403
        if answer.status_code != expected:
            wrong.append(f"{name}: {answer.status_code} instead of {expected}: {answer.text[:200]}")
        if role < least and (answer.json()["error"] != "FORBIDDEN" or await bank.rows() != before):
            wrong.append(f"{name}: refused with {answer.json()['error']}, or something was written")
    assert wrong == []
    await bank.books_are_right()


async def test_only_an_owner_makes_owners(bank: Bank, party: Party) -> None:
    admin, other = await bank.colleague(party.owner, Role.admin), await bank.person()
    path, body = f"/api/clients/{party.owner.client}/users", {"email": other.email, "role": "owner"}
    assert (await admin.post(path, body)).status_code == 403
    assert (await party.owner.post(path, body)).status_code == 201


NAMING: Final = [
    ("GET", WALLET), ("GET", WALLET + "/balances"), ("GET", WALLET + "/history"), ("GET", WALLET + "/accounts"),
    ("POST", WALLET + "/make-primary"), ("POST", "/api/wallets/{empty}/close"), ("GET", JOURNAL),
    ("POST", JOURNAL + "/post"), ("GET", "/api/ledger/journals/{journal}"),
    ("GET", "/api/wallets/transfers/{transfer}"), ("GET", "/api/ledger/journals?account_id={account}"),
]  # fmt: skip


@pytest.mark.parametrize("made_in_test", [True, False], ids=["test", "live"])
async def test_what_one_mode_has_is_not_there_in_the_other(bank: Bank, party: Party, made_in_test: bool) -> None:
    await bank.fund(party.owner, party.test["IDR"], "100")
    await bank.fund_live(party.owner, party.live["IDR"], "IDR", 10_000)
    own, other = (party.owner, party.owner.live()) if made_in_test else (party.owner.live(), party.owner)
    mine, theirs = (party.test, party.live) if made_in_test else (party.live, party.test)
    shown = {path: await other.items(path) for path in ("/api/wallets", "/api/transactions", "/api/ledger/journals")}
    known, before = await things(own, mine["IDR"]), await bank.rows()
    for method, path in NAMING:
        answer = await other.call(method, path.format(**known), {} if method == "POST" else None)
        assert (path, answer.status_code, answer.json()["error"]) == (path, 404, "NOT_FOUND")
    refused = [
        await other.post("/api/wallets/transfers", transfer(mine["IDR"], theirs["IDR"])),
        await other.post("/api/wallets/transfers", transfer(theirs["IDR"], mine["IDR"])),
        await other.post(f"/api/wallets/{mine['IDR']}/accounts", {"purpose": "reserve", "label": "Tax"}),
        await other.post("/api/ledger/journals", {"description": "x", "entries": known["entries"]}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(404, "NOT_FOUND")] * 4
    assert await other.items(f"/api/transactions?wallet_id={mine['IDR']}") == []
    assert {path: await other.items(path) for path in shown} == shown
    assert await bank.rows() == before
    for method, path in NAMING:  # they are there, and the requests are right
        answer = await own.call(method, path.format(**known), {} if method == "POST" else None)
        assert answer.status_code in (200, 409), answer.text
