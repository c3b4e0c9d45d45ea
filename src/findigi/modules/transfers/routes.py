"""Internal transfers over HTTP."""

from __future__ import annotations

from findigi.kernel import ids
from findigi.kernel.answer import Answer, item
from findigi.kernel.context import Role
from findigi.kernel.errors import NotFound
from findigi.kernel.http import Call, Example, Item, NoBody, PathParameter, Routes, WorkspaceQuery
from findigi.modules.operations import (
    EXAMPLE,
    REFUSALS,
    CurrencyMismatch,
    OperationItem,
    Type,
    created_answer,
    item_of,
    read_operation,
)
from findigi.modules.transfers import service
from findigi.modules.transfers.schemas import TransferBody

endpoints = Routes("Wallet Transfer")


@endpoints.add(
    "POST",
    "/api/wallets/transfers",
    role=Role.maker,
    idempotent=True,
    status=201,
    summary="Transfer between wallets",
    description=(
        "Moves money from one of the workspace's wallets to another wallet of the same asset, at once and in full or "
        "not at all. The destination may belong to another workspace: it then shows in that workspace's feed as coming "
        "in. The answer is the completed operation; its journal is under `journal_ids`."
    ),
    body=TransferBody,
    answer=Item[OperationItem],
    example=Example(
        request=TransferBody(
            client_id="cli_01k8m3v9fke5w8d0q6n4rjc7ta",
            source_wallet_id="wal_01k8m3va2ye5w8h0q6n4rjc7ta",
            destination_wallet_id="wal_01k8m3va30e5w8m0q6n4rjc7ta",
            amount="100000",
            description="Internal wallet transfer",
        ),
        answer=Item(item=EXAMPLE),
    ),
    errors=(NotFound, CurrencyMismatch, *REFUSALS),
    notes=(
        "Send an `Idempotency-Key`: a retry then gives the first answer and moves nothing twice.",
        "Wallets of different assets are refused with `CURRENCY_MISMATCH`.",
    ),
)
async def create_transfer(call: Call[TransferBody, WorkspaceQuery]) -> Answer:
    """POST /api/wallets/transfers."""
    body = call.body
    asked = service.NewTransfer(
        source_wallet_id=ids.parse(ids.WALLET, body.source_wallet_id, "wallet"),
        destination_wallet_id=ids.parse(ids.WALLET, body.destination_wallet_id, "wallet"),
        amount=body.amount,
        description=body.description,
        reference=body.reference,
    )
    return await service.transfer(call.ctx, asked, key=call.key(), answer=created_answer)


@endpoints.add(
    "GET",
    "/api/wallets/transfers/{id}",
    role=Role.viewer,
    summary="Get a transfer",
    description="One internal transfer with its status, timeline and journal, whether it went out or came in.",
    query=WorkspaceQuery,
    path_parameters={
        "id": PathParameter(ids.OPERATION, "The transfer's operation id.", "op_01k8m4r2vte5wad0q6n4rjc7ta")
    },
    answer=Item[OperationItem],
    example=Example(answer=Item(item=EXAMPLE)),
    errors=(NotFound,),
)
async def get_transfer(call: Call[NoBody, WorkspaceQuery]) -> Answer:
    """GET /api/wallets/transfers/{id}."""
    operation_id = ids.parse(ids.OPERATION, call.path["id"], "transfer")
    found = await read_operation(call.ctx, operation_id=operation_id, type=Type.WALLET_TRANSFER)
    return item(item_of(found, seen_by=call.ctx.client_id))
