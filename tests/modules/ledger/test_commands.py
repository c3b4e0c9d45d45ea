"""`findigi ledger verify` and `findigi ledger export` as a person runs them."""

from __future__ import annotations

import asyncio

import pytest
from tests.modules.ledger.books import fund, open_workspace
from tests.support import Program

from findigi.kernel import ids
from findigi.kernel.db import Database


async def run(dsn: str, *arguments: str) -> tuple[int, str]:
    def wait() -> tuple[int, str]:
        with Program(["-m", "findigi", "ledger", *arguments], {"FINDIGI_DATABASE_URL": dsn}) as program:
            return program.end(), program.text

    return await asyncio.to_thread(wait)


async def test_verify_says_what_was_checked_and_names_what_is_wrong(dsn: str, database: Database, clean: None) -> None:
    own = await open_workspace(database)
    journal = await fund(database, own, "a", 100)
    client = ids.to_text(ids.CLIENT, own.client_id)

    assert await run(dsn, "verify") == (0, "right: 1 journals in 2 chains, 2 entries on 4 accounts, 0 open holds")
    status, text = await run(dsn, "verify", "--client", client)
    assert (status, text.splitlines()[1]) == (0, f"{client} test: journal 1, hash {journal.hash.hex()}")

    async with database.transaction() as tx:
        await tx.run("update account set posted = 99 where id = $1", own.accounts["a"].id)
    status, text = await run(dsn, "verify")
    assert status == 1
    assert text == (
        f"WRONG account (client_id={own.client_id}, id={own.accounts['a'].id}): "
        "posted (sum of its entries): expected 100, found 99"
    )


@pytest.mark.parametrize(("form", "line"), [("beancount", "commodity IDR"), ("hledger", "commodity 1000.00 IDR")])
async def test_export_writes_the_chosen_format_and_mode(
    dsn: str, database: Database, clean: None, form: str, line: str
) -> None:
    own = await open_workspace(database)
    journal = await fund(database, own, "a", 100)
    status, text = await run(
        dsn, "export", "--format", form, "--test", "--client", ids.to_text(ids.CLIENT, own.client_id)
    )
    assert status == 0
    assert line in text
    assert ids.to_text(ids.JOURNAL, journal.posting.journal_id) in text
    status, text = await run(dsn, "export", "--format", form, "--live")
    assert (status, "jrn_" in text) == (0, False)


async def test_a_malformed_workspace_is_one_sentence(dsn: str) -> None:
    status, text = await run(dsn, "verify", "--client", "cli_x")
    assert (status, "Traceback" in text) == (1, False)
    assert "cli_x" in text
