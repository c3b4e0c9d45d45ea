"""Posting a drafted journal over HTTP."""

from __future__ import annotations

from findigi.kernel import ids
from findigi.kernel.answer import Answer, item
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import InvalidState, NotFound
from findigi.kernel.http import Call, Example, Item, NoQuery, PathParameter, Routes, WorkspaceBody
from findigi.modules.manual_journals.service import post_draft
from findigi.modules.operations import EXAMPLE_JOURNAL, REFUSALS, OperationItem, item_of

endpoints = Routes("Ledger")


@endpoints.add(
    "POST",
    "/api/ledger/journals/{id}/post",
    role=Role.maker,
    idempotent=True,
    summary="Post a draft journal",
    description=(
        "Posts a drafted journal: its entries move the balances and it takes its place in the workspace's hash chain, "
        "under the draft's id. It goes through the same checks as any other movement and shows in the transactions "
        "feed as `manual_journal`."
    ),
    path_parameters={"id": PathParameter(ids.JOURNAL, "The draft's id.", "jrn_01k8m4r2vxe5wbh0q6n4rjc7ta")},
    body=WorkspaceBody,
    answer=Item[OperationItem],
    example=Example(
        request=WorkspaceBody(client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta"), answer=Item(item=EXAMPLE_JOURNAL)
    ),
    errors=(NotFound, InvalidState, *REFUSALS),
    notes=("A draft is posted once; posted journals are never changed, only reversed.",),
)
async def post_journal(call: Call[WorkspaceBody, NoQuery]) -> Answer:
    """POST /api/ledger/journals/{id}/post."""
    journal_id = ids.parse(ids.JOURNAL, call.path["id"], "journal")

    async def work(ctx: Ctx) -> Answer:
        return item(item_of(await post_draft(ctx, journal_id=journal_id)))

    return await call.once(work)
