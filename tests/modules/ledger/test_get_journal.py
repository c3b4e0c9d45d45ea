from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.modules.ledger.books import NOW, Workspace, balances, fund, house_account, post, posting
from tests.modules.ledger.conftest import OpenWorkspace

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.kernel.errors import NotFound
from findigi.modules.ledger.errors import AccountClosed, AlreadyReversed, DraftPosted, InsufficientFunds
from findigi.modules.ledger.model import GENESIS, HOUSE, Journal, Line, chain_hash
from findigi.modules.ledger.service.journals import mark_draft_posted, read_draft, reverse


async def read(http: httpx.AsyncClient, reader: Workspace, journal: Journal) -> httpx.Response:
    journal_id = ids.to_text(ids.JOURNAL, journal.posting.journal_id)
    return await http.get(f"/api/ledger/journals/{journal_id}", headers=reader.headers)


async def test_a_journal_shows_its_entries_and_its_place_in_the_chain(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace(role=Role.viewer)
    first = await fund(database, own, "a", 10_000)
    operation_id = ids.new_id()
    moved = await post(
        database,
        posting(
            own.client_id, own.line("a", -2_550), own.line("b", 2_550), operation_id=operation_id, description="rent"
        ),
    )

    shown = (await read(http, own, moved)).json()["item"]

    assert shown == {
        "id": ids.to_text(ids.JOURNAL, moved.posting.journal_id),
        "status": "posted",
        "kind": "wallet_transfer",
        "description": "rent",
        "operation_id": ids.to_text(ids.OPERATION, operation_id),
        "reverses_id": None,
        "reversed_by_id": None,
        "entries": [
            {
                "account_id": own.id("a"),
                "code": own.accounts["a"].code,
                "asset": "IDR",
                "amount": "-25.5",
                "side": "debit",
            },
            {
                "account_id": own.id("b"),
                "code": own.accounts["b"].code,
                "asset": "IDR",
                "amount": "25.5",
                "side": "credit",
            },
        ],
        "chain": {"number": 2, "hash": moved.hash.hex(), "previous_hash": first.hash.hex()},
        "created_at": "2026-04-10T18:00:00.000Z",
    }
    assert chain_hash(first.hash, moved.posting, 2, moved.entries) == moved.hash


async def test_the_first_journal_stands_on_zeros_and_names_our_account_by_code_only(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    shown = (await read(http, own, await fund(database, own, "a", 500))).json()["item"]
    assert shown["chain"]["previous_hash"] == GENESIS.hex()
    assert shown["entries"][0] == {
        "account_id": None, "code": "funding", "asset": "IDR", "amount": "-5", "side": "debit"
    }  # fmt: skip


async def test_what_came_from_another_workspace_shows_without_the_senders_affairs(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    sender, receiver = await workspace(), await workspace()
    fee = await house_account(database, "revenue/fee/wallet_transfer", "IDR")
    await fund(database, sender, "a", 1_000)
    paid = await post(
        database,
        posting(
            sender.client_id,
            sender.line("a", -510),
            receiver.line("a", 500),
            Line(HOUSE, fee.id, 10),
            operation_id=ids.new_id(),
        ),
    )

    seen = (await read(http, receiver, paid)).json()["item"]

    assert seen["entries"] == [
        {"account_id": None, "code": "other workspace", "asset": "IDR", "amount": "-5", "side": "debit"},
        {"account_id": receiver.id("a"), "code": receiver.accounts["a"].code, "asset": "IDR", "amount": "5",
         "side": "credit"},
    ]  # fmt: skip
    assert (seen["chain"], seen["operation_id"]) == (None, None)
    own = (await read(http, sender, paid)).json()["item"]
    assert [(entry["account_id"], entry["code"]) for entry in own["entries"]] == [
        (sender.id("a"), sender.accounts["a"].code),
        (None, "other workspace"),
        (None, "revenue/fee/wallet_transfer"),
    ]
    assert own["chain"]["number"] == 2


async def test_a_journal_is_not_there_for_strangers_or_in_the_other_mode(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own, stranger = await workspace(), await workspace()
    journal = await fund(database, own, "a", 500)
    assert (await read(http, stranger, journal)).status_code == 404
    path = f"/api/ledger/journals/{ids.to_text(ids.JOURNAL, journal.posting.journal_id)}"
    live = await http.get(path, headers=own.headers | {"x-findigi-is-test": "false"})
    assert live.status_code == 404
    for wrong in ("jrn_x", ids.to_text(ids.WALLET, journal.posting.journal_id), ids.to_text(ids.JOURNAL, ids.new_id())):
        assert (await http.get(f"/api/ledger/journals/{wrong}", headers=own.headers)).status_code == 404


async def reversal(database: Database, own: Workspace, journal: Journal) -> Journal:
    async with database.transaction() as tx:
        return await reverse(
            tx,
            client_id=own.client_id,
            journal_id=journal.posting.journal_id,
            at=NOW,
            kind="payout_returned",
            description="returned",
            operation_id=None,
        )


async def test_a_reversal_is_the_mirror_image_and_happens_once(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    await fund(database, own, "a", 1_000)
    moved = await post(database, posting(own.client_id, own.line("a", -300), own.line("b", 300)))

    back = await reversal(database, own, moved)

    assert await balances(database, own) == {"a": (1_000, 0), "b": (0, 0), "s": (0, 0)}
    first, second = (await read(http, own, moved)).json()["item"], (await read(http, own, back)).json()["item"]
    assert (first["reversed_by_id"], second["reverses_id"]) == (second["id"], first["id"])
    assert [entry["amount"] for entry in second["entries"]] == ["3", "-3"]
    for again in (moved, back):
        with pytest.raises(AlreadyReversed):
            await reversal(database, own, again)


async def test_concurrent_reversals_reverse_once(database: Database, workspace: OpenWorkspace) -> None:
    own = await workspace()
    await fund(database, own, "a", 1_000)
    moved = await post(database, posting(own.client_id, own.line("a", -300), own.line("b", 300)))
    results = await asyncio.gather(*(reversal(database, own, moved) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, Journal) for result in results) == 1
    assert sum(isinstance(result, AlreadyReversed) for result in results) == 4
    assert (await balances(database, own))["a"] == (1_000, 0)


async def test_a_reversal_takes_no_money_that_is_gone(database: Database, workspace: OpenWorkspace) -> None:
    own = await workspace()
    given = await fund(database, own, "a", 1_000)
    await post(database, posting(own.client_id, own.line("a", -1), own.line("b", 1)))
    with pytest.raises(InsufficientFunds):
        await reversal(database, own, given)
    async with database.transaction() as tx:
        await tx.run("update account set status = 'closed' where id = $1", own.accounts["a"].id)
    with pytest.raises(AccountClosed):
        await reversal(database, own, given)


async def test_a_stranger_cannot_reverse(database: Database, workspace: OpenWorkspace) -> None:
    sender, receiver = await workspace(), await workspace()
    await fund(database, sender, "a", 1_000)
    paid = await post(database, posting(sender.client_id, sender.line("a", -300), receiver.line("a", 300)))
    with pytest.raises(NotFound):
        await reversal(database, receiver, paid)


async def test_a_draft_is_read_locked_and_posted_once(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    entries = [
        {"account_id": own.id("a"), "amount": "2.5", "side": "debit"},
        {"account_id": own.id("b"), "amount": "2.5", "side": "credit"},
    ]
    body = {"description": "to the reserve", "entries": entries}
    made = (await http.post("/api/ledger/journals", json=body, headers=own.headers)).json()["item"]
    journal_id, operation_id = ids.parse(ids.JOURNAL, made["id"]), ids.new_id()
    await fund(database, own, "a", 250)

    async with database.transaction() as tx:
        draft = await read_draft(tx, client_id=own.client_id, is_test=True, journal_id=journal_id, for_update=True)
        assert draft is not None
        assert (draft.status, draft.created_by, draft.description) == ("draft", own.user_id, "to the reserve")
        assert draft.lines == (own.line("a", -250), own.line("b", 250))
        async with database.transaction() as other:
            skipped = await other.rows("select id from journal_draft where id = $1 for update skip locked", journal_id)
            assert skipped == []
        assert await read_draft(tx, client_id=own.client_id, is_test=False, journal_id=journal_id) is None
        assert await read_draft(tx, client_id=ids.new_id(), is_test=True, journal_id=journal_id) is None
    path = f"/api/ledger/journals/{made['id']}"
    assert (await http.get(path, headers=own.headers)).json()["item"] == made

    moved = posting(
        own.client_id, *draft.lines, journal_id=journal_id, kind="manual_journal", operation_id=operation_id
    )
    await post(database, moved)
    async with database.transaction() as tx:
        await mark_draft_posted(
            tx, client_id=own.client_id, is_test=True, journal_id=journal_id, operation_id=operation_id
        )

    shown = (await http.get(path, headers=own.headers)).json()["item"]
    assert (shown["status"], shown["entries"], shown["chain"]["number"]) == ("posted", made["entries"], 2)
    listed = (await http.get("/api/ledger/journals", headers=own.headers)).json()["items"]
    assert [item["id"] for item in listed].count(made["id"]) == 1
    with pytest.raises(DraftPosted):
        async with database.transaction() as tx:
            await mark_draft_posted(
                tx, client_id=own.client_id, is_test=True, journal_id=journal_id, operation_id=operation_id
            )
