from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.modules.ledger.books import NOW, Workspace, fund, post, posting
from tests.modules.ledger.conftest import OpenWorkspace

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.db import Database
from findigi.kernel.paging import encode_cursor
from findigi.modules.ledger.model import Journal

PATH = "/api/ledger/journals"


def name(journal: Journal) -> str:
    return ids.to_text(ids.JOURNAL, journal.posting.journal_id)


async def listed(http: httpx.AsyncClient, own: Workspace, **query: str) -> list[dict[str, Any]]:
    answer = await http.get(PATH, params=query, headers=own.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def all_pages(http: httpx.AsyncClient, own: Workspace, **query: str) -> list[str]:
    seen: list[str] = []
    while True:
        answer = (await http.get(PATH, params=query, headers=own.headers)).json()
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            return seen
        assert len(answer["items"]) == int(query["limit"])
        query["cursor"] = answer["next_cursor"]


async def draft(http: httpx.AsyncClient, own: Workspace, debit: str = "a", credit: str = "b") -> str:
    entries = [
        {"account_id": own.id(debit), "amount": "1", "side": "debit"},
        {"account_id": own.id(credit), "amount": "1", "side": "credit"},
    ]
    answer = await http.post(PATH, json={"description": "d", "entries": entries}, headers=own.headers)
    return answer.json()["item"]["id"]


async def test_drafts_come_first_then_posted_journals_newest_first(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own, sender = await workspace(), await workspace()
    await fund(database, sender, "a", 10_000)
    expected: list[str] = []
    for turn in range(7):
        if turn % 3 == 2:
            paid = posting(sender.client_id, sender.line("a", -5), own.line("a", 5))
            expected.append(name(await post(database, paid)))
        else:
            expected.append(name(await fund(database, own, "a", 100 + turn)))
    expected.sort(reverse=True)  # ids sort by the time they were made; within a millisecond by chance
    drafts = sorted([await draft(http, own) for _ in range(3)], reverse=True)

    assert [item["id"] for item in await listed(http, own)] == drafts + expected
    for size in ("1", "2", "3", "4"):
        assert await all_pages(http, own, limit=size) == drafts + expected
    assert [item["id"] for item in await listed(http, own, status="draft")] == drafts
    assert await all_pages(http, own, limit="2", status="posted") == expected


async def test_the_account_filter_follows_the_accounts_own_order(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own, sender = await workspace(a="IDR", b="IDR", c="IDR"), await workspace()
    await fund(database, sender, "a", 1_000)
    first = await fund(database, own, "a", 1_000)
    await fund(database, own, "c", 1_000)
    twice = await post(database, posting(own.client_id, own.line("a", -10), own.line("b", 30), own.line("a", -20)))
    came = await post(database, posting(sender.client_id, sender.line("a", -5), own.line("a", 5)))
    waits = await draft(http, own, "a", "c")
    await draft(http, own, "b", "c")

    expected = [waits, name(came), name(twice), name(first)]
    assert [item["id"] for item in await listed(http, own, account_id=own.id("a"))] == expected
    assert await all_pages(http, own, account_id=own.id("a"), limit="1") == expected
    assert await all_pages(http, own, account_id=own.id("a"), limit="3", status="posted") == expected[1:]


async def test_an_account_of_somebody_else_is_not_found(http: httpx.AsyncClient, workspace: OpenWorkspace) -> None:
    own, stranger = await workspace(), await workspace()
    for account_id in (stranger.id("a"), ids.to_text(ids.ACCOUNT, ids.new_id()), "acc_nonsense"):
        answer = await http.get(PATH, params={"account_id": account_id}, headers=own.headers)
        assert answer.status_code == 404


async def test_the_operation_filter_finds_an_operations_journals(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    operation_id = ids.new_id()
    await fund(database, own, "a", 1_000)
    moved = [
        await post(database, posting(own.client_id, own.line("a", -1), own.line("b", 1), operation_id=operation_id))
        for _ in range(3)
    ]
    in_order = [name(journal) for journal in reversed(moved)]
    wanted = sorted(in_order, reverse=True)
    query = {"operation_id": ids.to_text(ids.OPERATION, operation_id)}
    assert [item["id"] for item in await listed(http, own, **query)] == wanted
    assert await all_pages(http, own, limit="2", **query) == wanted
    assert [item["id"] for item in await listed(http, own, account_id=own.id("b"), **query)] == in_order
    assert await listed(http, own, operation_id=ids.to_text(ids.OPERATION, ids.new_id())) == []


async def test_a_span_of_time_includes_its_beginning_and_not_its_end(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    await fund(database, own, "a", 1_000)
    days = [
        await post(database, posting(own.client_id, own.line("a", -1), own.line("b", 1), at=NOW + timedelta(days=day)))
        for day in (1, 2, 3)
    ]
    span = {"from": to_text(NOW + timedelta(days=1)), "to": to_text(NOW + timedelta(days=3))}
    wanted = [name(days[1]), name(days[0])]
    assert [item["id"] for item in await listed(http, own, **span)] == sorted(wanted, reverse=True)
    assert [item["id"] for item in await listed(http, own, account_id=own.id("a"), **span)] == wanted


async def test_what_comes_from_another_workspace_is_masked_in_the_list_too(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own, sender = await workspace(), await workspace()
    await fund(database, sender, "a", 1_000)
    paid = await post(database, posting(sender.client_id, sender.line("a", -5), own.line("a", 5)))
    (item,) = await listed(http, own)
    assert (item["id"], item["chain"]) == (name(paid), None)
    assert (item["entries"][0]["account_id"], item["entries"][0]["code"]) == (None, "other workspace")
    assert await listed(http, await workspace()) == []


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-04-10T18:00:00"},
        {"status": "pending"},
        {"limit": "0"},
        {"limit": "101"},
        {"cursor": "WyJkcmFmdCIsIngiXQ"},
        {"cursor": "WyJvdGhlciIsIjEiXQ"},
        {"cursor": "x"},
        {"cursor": encode_cursor("other", "0" * 32)},
        {"cursor": encode_cursor("draft", "0" * 32), "status": "posted"},
        {"surprise": "1"},
    ],
)
async def test_a_query_of_another_form_is_refused_by_name(
    http: httpx.AsyncClient, workspace: OpenWorkspace, query: dict[str, str]
) -> None:
    own = await workspace()
    answer = await http.get(PATH, params=query, headers=own.headers)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, next(iter(query)))
