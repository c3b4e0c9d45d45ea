from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.modules.ledger.books import NOW, Workspace, balances
from tests.modules.ledger.conftest import OpenWorkspace

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger.service.accounts import NewAccount, open_accounts

PATH = "/api/ledger/journals"


def entry(account_id: str, amount: str, side: str) -> dict[str, Any]:
    return {"account_id": account_id, "amount": amount, "side": side}


def body(own: Workspace, amount: str = "12.5") -> dict[str, Any]:
    return {
        "description": "to the reserve",
        "entries": [entry(own.id("a"), amount, "debit"), entry(own.id("b"), amount, "credit")],
    }


async def test_a_draft_is_kept_and_moves_nothing(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace(role=Role.maker)
    answer = await http.post(PATH, json=body(own), headers=own.headers)
    assert answer.status_code == 201
    made = answer.json()["item"]
    assert (made["status"], made["kind"], made["chain"], made["operation_id"]) == (
        "draft",
        "manual_journal",
        None,
        None,
    )
    assert [(e["account_id"], e["amount"], e["side"]) for e in made["entries"]] == [
        (own.id("a"), "-12.5", "debit"),
        (own.id("b"), "12.5", "credit"),
    ]
    assert set((await balances(database, own)).values()) == {(0, 0)}


async def test_a_key_acts_once_and_answers_the_same_bytes(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    headers = own.headers | {"idempotency-key": "draft-1"}
    first = await http.post(PATH, json=body(own), headers=headers)
    again = await http.post(PATH, json=body(own), headers=headers)
    other = await http.post(PATH, json=body(own, "13"), headers=headers)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    async with database.reading() as tx:
        assert await tx.value("select count(*) from journal_draft where client_id = $1", own.client_id) == 1


async def test_an_unbalanced_draft_is_refused_with_asset_and_difference(
    http: httpx.AsyncClient, workspace: OpenWorkspace
) -> None:
    own = await workspace(a="IDR", b="IDR", s="SGD", t="SGD")
    entries = [
        entry(own.id("a"), "10", "debit"),
        entry(own.id("b"), "10", "credit"),
        entry(own.id("s"), "7", "debit"),
        entry(own.id("t"), "6.75", "credit"),
    ]
    answer = await http.post(PATH, json={"description": "x", "entries": entries}, headers=own.headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "UNBALANCED_JOURNAL")
    assert "SGD are off by -0.25" in answer.json()["details"][0]["message"].replace("in SGD", "SGD")


async def test_only_open_wallet_accounts_of_the_workspace_and_mode_take_entries(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own, stranger, live = await workspace(), await workspace(), await workspace(is_test=False)
    async with database.transaction() as tx:
        (vault,) = await open_accounts(
            tx, [NewAccount(own.client_id, True, "vault/x", "liability", "IDR", "vault")], now=NOW
        )
        await tx.run("update account set status = 'closed' where id = $1", own.accounts["b"].id)
    wanted = {
        stranger.id("a"): (404, "NOT_FOUND"),
        live.id("a"): (404, "NOT_FOUND"),
        ids.to_text(ids.ACCOUNT, ids.new_id()): (404, "NOT_FOUND"),
        "wal_x": (404, "NOT_FOUND"),
        ids.to_text(ids.ACCOUNT, vault.id): (400, "VALIDATION_ERROR"),
        own.id("b"): (409, "INVALID_STATE"),
    }
    for account_id, expected in wanted.items():
        entries = [entry(own.id("a"), "1", "debit"), entry(account_id, "1", "credit")]
        answer = await http.post(PATH, json={"description": "x", "entries": entries}, headers=own.headers)
        assert (answer.status_code, answer.json()["error"]) == expected, account_id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": ""}, "description"),
        ({"description": "x" * 201}, "description"),
        ({"entries": []}, "entries"),
        ({"entries": "101"}, "entries"),
        ({"surprise": 1}, "surprise"),
        ({"entries": None}, "entries"),
    ],
)
async def test_a_body_of_another_form_is_refused_by_field(
    http: httpx.AsyncClient, workspace: OpenWorkspace, change: dict[str, Any], field: str
) -> None:
    own = await workspace()
    changed = body(own) | change
    if change.get("entries") == "101":
        changed["entries"] = body(own)["entries"][:1] * 101
    answer = await http.post(PATH, json=changed, headers=own.headers)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize("amount", ["0", "-1", "1e3", "1.005", "", "1,5", "9" * 39, "1" + "0" * 37])
async def test_an_amount_that_is_none_is_refused(
    http: httpx.AsyncClient, workspace: OpenWorkspace, amount: str
) -> None:
    own = await workspace()
    answer = await http.post(PATH, json=body(own, amount), headers=own.headers)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"].startswith("entries.")


async def test_a_hundred_entries_are_taken(http: httpx.AsyncClient, workspace: OpenWorkspace) -> None:
    own = await workspace()
    changed = body(own)
    changed["entries"] *= 50
    answer = await http.post(PATH, json=changed, headers=own.headers)
    assert answer.status_code == 201
    assert len(answer.json()["item"]["entries"]) == 100


async def test_a_checker_may_not_draft(http: httpx.AsyncClient, workspace: OpenWorkspace) -> None:
    own = await workspace(role=Role.checker)
    answer = await http.post(PATH, json=body(own), headers=own.headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
