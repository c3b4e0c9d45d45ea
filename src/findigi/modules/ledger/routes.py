"""The chart of accounts and the journals over HTTP."""

from __future__ import annotations

from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.answer import Answer, created, item, items
from findigi.kernel.clock import in_utc
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import NotFound
from findigi.kernel.http import Call, Example, Item, Items, NoBody, PathParameter, Routes, WorkspaceQuery
from findigi.modules.ledger.errors import AccountClosed, UnbalancedJournal
from findigi.modules.ledger.schemas import (
    EXAMPLE_ACCOUNT,
    EXAMPLE_BODY,
    EXAMPLE_DRAFT,
    EXAMPLE_JOURNAL,
    AccountItem,
    AccountsQuery,
    JournalBody,
    JournalItem,
    JournalsQuery,
    account_item,
    draft_entries,
    journal_item,
)
from findigi.modules.ledger.service import chart, journals

endpoints = Routes("Ledger")


@endpoints.add(
    "GET",
    "/api/ledger/accounts",
    role=Role.viewer,
    summary="List the chart of accounts",
    description=(
        "Every ledger account of the workspace in this mode, newest first: one per wallet sub-account, custodial vault "
        "and clearing account. Each shows its balance as of now: what is posted, what of it is held for operations "
        "that are not finished, and what is available."
    ),
    query=AccountsQuery,
    answer=Items[AccountItem],
    example=Example(answer=Items(items=[EXAMPLE_ACCOUNT])),
    notes=("Balances are not computed on request: each is written in the transaction of the entry that changes it.",),
)
async def list_accounts(call: Call[NoBody, AccountsQuery]) -> Answer:
    """GET /api/ledger/accounts."""
    query = call.query
    page = await chart.list_accounts(call.ctx, asset=query.asset, limit=query.limit, cursor=query.cursor)
    return items([account_item(account) for account in page.items], page.next_cursor)


@endpoints.add(
    "GET",
    "/api/ledger/journals",
    role=Role.viewer,
    summary="List journals",
    description=(
        "Drafts that wait to be posted come first, then posted journals, each newest first. Journals of another "
        "workspace that paid into this one's accounts are listed too: they show this workspace's entries against "
        "`other workspace`, without the sender's fees, accounts and place in the chain."
    ),
    query=JournalsQuery,
    answer=Items[JournalItem],
    example=Example(answer=Items(items=[EXAMPLE_JOURNAL])),
    errors=(NotFound,),
    notes=(
        "`from` is inclusive and `to` exclusive, so that months follow each other without overlap.",
        "With `operation_id` only journals of this workspace's own chain are found.",
    ),
)
async def list_journals(call: Call[NoBody, JournalsQuery]) -> Answer:
    """GET /api/ledger/journals."""
    query = call.query
    where = journals.Filter(
        client_id=call.ctx.client,
        is_test=call.ctx.is_test,
        since=in_utc(query.since, "from"),
        until=in_utc(query.until, "to"),
        operation_id=_id(ids.OPERATION, query.operation_id, "operation"),
        account_id=_id(ids.ACCOUNT, query.account_id, "account"),
    )
    page = await journals.list_journals(call.ctx, where, status=query.status, limit=query.limit, cursor=query.cursor)
    return items([journal_item(view) for view in page.items], page.next_cursor)


@endpoints.add(
    "GET",
    "/api/ledger/journals/{id}",
    role=Role.viewer,
    summary="Get a journal",
    description=(
        "One journal with its entries, the operation that posted it, what it reverses or is reversed by, and its place "
        "in the workspace's hash chain: `hash` is the SHA-256 of `previous_hash` and everything that the journal says, "
        "so a change to any journal shows in every later one. A draft is found under the id that it keeps once posted."
    ),
    query=WorkspaceQuery,
    path_parameters={"id": PathParameter(ids.JOURNAL, "The journal's id.", "jrn_01k8m4r2vxe5wbh0q6n4rjc7ta")},
    answer=Item[JournalItem],
    example=Example(answer=Item(item=EXAMPLE_JOURNAL)),
    errors=(NotFound,),
)
async def get_journal(call: Call[NoBody, WorkspaceQuery]) -> Answer:
    """GET /api/ledger/journals/{id}."""
    journal_id = ids.parse(ids.JOURNAL, call.path["id"], "journal")
    return item(journal_item(await journals.read_journal(call.ctx, journal_id=journal_id)))


@endpoints.add(
    "POST",
    "/api/ledger/journals",
    role=Role.maker,
    idempotent=True,
    status=201,
    summary="Draft a journal",
    description=(
        "Keeps a draft of 2 to 100 entries on the workspace's own wallet accounts. Credits and debits must be equal in "
        "each asset, so a journal can move money between the accounts and never create it. Nothing moves until the "
        "draft is posted with `POST /api/ledger/journals/{id}/post`, which checks balances, limits and approvals."
    ),
    body=JournalBody,
    answer=Item[JournalItem],
    example=Example(request=EXAMPLE_BODY, answer=Item(item=EXAMPLE_DRAFT)),
    errors=(NotFound, UnbalancedJournal, AccountClosed),
    notes=(
        "Vault and clearing accounts take no entries by hand: what is on them is tied to coins and payments outside.",
        "An account of another workspace, or of the other mode, is answered as if it did not exist.",
    ),
)
async def create_journal(call: Call[JournalBody, WorkspaceQuery]) -> Answer:
    """POST /api/ledger/journals."""

    async def keep(ctx: Ctx) -> Answer:
        view = await journals.create_draft(ctx, description=call.body.description, entries=draft_entries(call.body))
        return created(journal_item(view))

    return await call.once(keep)


def _id(prefix: str, text: str | None, what: str) -> UUID | None:
    return None if text is None else ids.parse(prefix, text, what)
