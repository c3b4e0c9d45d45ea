"""Onboarding over HTTP."""

from __future__ import annotations

from typing import Any

from findigi.kernel import ids
from findigi.kernel.answer import Answer, created, item
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import NotFound
from findigi.kernel.http import (
    Access,
    Call,
    Example,
    Item,
    NoBody,
    NoQuery,
    PathParameter,
    Routes,
)
from findigi.modules.clients import ClientBody, ClientItem
from findigi.modules.onboarding import service
from findigi.modules.onboarding.schemas import OnboardedItem, OpenedWallet, onboarded_item

endpoints = Routes("My Clients")

_EXAMPLE = Item(
    item=OnboardedItem(
        client=ClientItem(
            client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta",
            name="Alpha Trading",
            type="company",
            role="owner",
            country="ID",
            base_currency="IDR",
            registration_number="9120304958671",
            tax_id="01.234.567.8-901.000",
            status="active",
            approval_mode="off",
            verification_status="not_started",
            created_at="2026-04-10T18:00:00.000Z",
            onboarded_at="2026-04-10T18:00:00.000Z",
        ),
        wallets=[
            OpenedWallet(
                id="wal_01k8m3va2ye5w8h0q6n4rjc7ta", name="IDR operating", asset="IDR", mode="test", is_primary=True
            ),
            OpenedWallet(
                id="wal_01k8m3va30e5w8m0q6n4rjc7ta", name="USD operating", asset="USD", mode="test", is_primary=True
            ),
        ],
    )
)
_REQUEST = ClientBody(name="Alpha Trading", type="company", country="ID", base_currency="IDR")


@endpoints.add(
    "POST",
    "/api/clients/onboard",
    access=Access.USER,
    idempotent=True,
    status=201,
    summary="Create and onboard a workspace",
    description=(
        "Creates a workspace owned by you and makes it ready for money in one step: wallets in its local currency, its "
        "base currency and US dollars, in test and in live mode, each with its ledger account. All of it or nothing."
    ),
    body=ClientBody,
    answer=Item[OnboardedItem],
    example=Example(request=_REQUEST, answer=_EXAMPLE),
    notes=("Send an Idempotency-Key: a repeated request then gives the same workspace instead of a second one.",),
)
async def create_and_onboard_client(call: Call[ClientBody, NoQuery]) -> Answer:
    """POST /api/clients/onboard."""

    async def work(ctx: Ctx) -> Answer:
        return created(onboarded_item(await service.create_and_onboard(ctx, details=call.body.details())))

    return await call.once(work)


@endpoints.add(
    "POST",
    "/api/clients/{id}/onboard",
    role=Role.admin,
    client_in="id",
    summary="Onboard a workspace",
    description=(
        "Makes a workspace ready for money: opens its default wallets in both modes with their ledger accounts, and "
        "marks it active. Safe to call again: what is there stays as it is."
    ),
    path_parameters={"id": PathParameter(ids.CLIENT, "The workspace's id.", "cli_01k8m3v9fke5w8d0q6n4rjc7ta")},
    answer=Item[OnboardedItem],
    example=Example(answer=_EXAMPLE),
    errors=(NotFound,),
)
async def onboard_client(call: Call[NoBody, Any]) -> Answer:
    """POST /api/clients/{id}/onboard."""
    return item(onboarded_item(await service.onboard(call.ctx)))
