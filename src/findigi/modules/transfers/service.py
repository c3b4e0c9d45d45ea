"""Internal transfers, through the operations choke point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.answer import Answer
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import NotFound, Problem, ValidationFailed
from findigi.kernel.idempotency import Key
from findigi.kernel.money import ASSETS, parse_amount
from findigi.modules import operations
from findigi.modules.ledger import Line
from findigi.modules.operations import CurrencyMismatch, Movement, Operation, Type
from findigi.modules.wallets import Directory, WalletRef


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer as asked for; `amount` is a decimal string in major units of the source's asset."""

    source_wallet_id: UUID
    destination_wallet_id: UUID
    amount: str
    description: str = ""
    reference: str = ""


async def transfer(ctx: Ctx, asked: NewTransfer, *, key: Key | None, answer: Callable[[Operation], Answer]) -> Answer:
    """Moves the amount at once and gives `answer(operation)`.

    Refuses: a wallet that is not there (404), the same wallet twice or a malformed amount (400), different assets or
    too little money (422), a closed wallet (409).
    """
    if asked.source_wallet_id == asked.destination_wallet_id:
        raise ValidationFailed.of(
            "destination_wallet_id",
            "destination_wallet_id must be another wallet than source_wallet_id.",
            "SAME_WALLET",
        )
    directory = ctx.runtime.part(Directory)
    source = await directory.resolve(asked.source_wallet_id)
    if source is None or source.client_id != ctx.client or source.is_test != ctx.is_test:
        raise _no_wallet("source_wallet_id", asked.source_wallet_id)
    destination = await directory.resolve(asked.destination_wallet_id)
    if destination is None or destination.is_test != ctx.is_test:
        raise _no_wallet("destination_wallet_id", asked.destination_wallet_id)
    return await operations.execute(ctx, _movement(asked, source, destination), key=key, answer=answer)


async def transfer_within(
    tx: Tx, ctx: Ctx, *, source: WalletRef, destination: WalletRef, amount: str, description: str, reference: str
) -> Operation:
    """The same between wallets that the caller has found, inside the caller's transaction."""
    asked = NewTransfer(source.wallet_id, destination.wallet_id, amount, description, reference)
    return await operations.execute_within(tx, ctx, _movement(asked, source, destination))


def _movement(asked: NewTransfer, source: WalletRef, destination: WalletRef) -> Movement:
    if source.asset != destination.asset:
        message = (
            f"The source holds {source.asset} and the destination {destination.asset}; choose wallets of one asset."
        )
        raise CurrencyMismatch(message, details=(Problem("destination_wallet_id", "CURRENCY_MISMATCH", message),))
    units = parse_amount(asked.amount, ASSETS[source.asset])
    return Movement(
        type=Type.WALLET_TRANSFER,
        amount=units,
        asset=source.asset,
        lines=(
            Line(source.client_id, source.account_id, -units),
            Line(destination.client_id, destination.account_id, units),
        ),
        description=asked.description,
        reference=asked.reference,
        source_wallet_id=source.wallet_id,
        destination_wallet_id=destination.wallet_id,
        other_client_id=destination.client_id if destination.client_id != source.client_id else None,
    )


def _no_wallet(field: str, wallet_id: UUID) -> NotFound:
    message = f"There is no wallet {ids.to_text(ids.WALLET, wallet_id)} that this transfer could use in this mode."
    return NotFound(message, details=(Problem(field, "NOT_FOUND", message),))
