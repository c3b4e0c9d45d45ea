"""The faucet over HTTP."""

from __future__ import annotations

from findigi.kernel import ids
from findigi.kernel.answer import Answer, created
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import NotFound
from findigi.kernel.http import Call, Example, Item, NoQuery, Routes
from findigi.modules.faucet.errors import TestModeOnly
from findigi.modules.faucet.schemas import FundBody
from findigi.modules.faucet.service import fund
from findigi.modules.operations import EXAMPLE_FUNDING, REFUSALS, OperationItem, item_of

endpoints = Routes("Sandbox")


@endpoints.add(
    "POST",
    "/api/sandbox/fund",
    role=Role.maker,
    idempotent=True,
    status=201,
    summary="Fund a test wallet",
    description=(
        "Pays sandbox money into one of your test wallets at once, so that a new workspace has something to move. It "
        "shows as a completed pay-in and is booked against the house's funding account like any other movement."
    ),
    body=FundBody,
    answer=Item[OperationItem],
    example=Example(
        request=FundBody(
            client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta", wallet_id="wal_01k8m3va2ye5w8h0q6n4rjc7ta", amount="5000000"
        ),
        answer=Item(item=EXAMPLE_FUNDING),
    ),
    errors=(NotFound, TestModeOnly, *REFUSALS),
    notes=("Exists in test mode only, and never in production.",),
)
async def fund_wallet(call: Call[FundBody, NoQuery]) -> Answer:
    """POST /api/sandbox/fund."""
    wallet_id = ids.parse(ids.WALLET, call.body.wallet_id, "wallet")

    async def work(ctx: Ctx) -> Answer:
        return created(item_of(await fund(ctx, wallet_id=wallet_id, amount=call.body.amount)))

    return await call.once(work)
