"""Wallets, their accounts and their history over HTTP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.answer import Answer, created, item, items
from findigi.kernel.clock import in_utc
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import NotFound, ValidationFailed
from findigi.kernel.http import (
    Call,
    Example,
    Item,
    Items,
    NoBody,
    NoQuery,
    PageQuery,
    PathParameter,
    Routes,
    WorkspaceQuery,
)
from findigi.kernel.money import asset_of
from findigi.kernel.paging import decode_cursor
from findigi.kernel.text import csv_answer
from findigi.modules.wallets import schemas
from findigi.modules.wallets.errors import PrimaryInUse, TooManyAccounts, WalletClosed, WalletNotEmpty
from findigi.modules.wallets.model import Purpose
from findigi.modules.wallets.schemas import (
    HistoryQuery,
    WalletAccountBody,
    WalletAccountItem,
    WalletBalances,
    WalletBody,
    WalletCommand,
    WalletEntryItem,
    WalletItem,
    WalletsQuery,
)
from findigi.modules.wallets.service import accounts, history, wallets

endpoints = Routes("Wallet Transfer")

EXPORT_LIMIT: Final = 10_000
_LARGEST_NUMBER: Final = 2**63 - 1
_ID = {"id": PathParameter(ids.WALLET, "The wallet's id.", schemas.WALLET)}
_COLUMNS = (
    "at", "number", "direction", "amount", "asset", "balance_after", "kind", "description", "journal_id",
    "operation_id", "account_id",
)  # fmt: skip


@endpoints.add(
    "GET",
    "/api/wallets",
    role=Role.viewer,
    summary="List wallets",
    description=(
        "The wallets of the workspace in this mode, newest first, each with its balance: the sum over the wallet's "
        "accounts, all of one moment. Closed wallets are listed too unless `status` leaves them out."
    ),
    query=WalletsQuery,
    answer=Items[WalletItem],
    example=Example(answer=Items(items=[schemas.EXAMPLE_WALLET])),
    notes=("Wallets of test mode and of live mode never appear together: the header `x-findigi-is-test` chooses.",),
)
async def list_wallets(call: Call[NoBody, WalletsQuery]) -> Answer:
    """GET /api/wallets."""
    query = call.query
    page = await wallets.list_wallets(
        call.ctx,
        asset=None if query.asset is None else asset_of(query.asset).code,
        status=query.status,
        before=_last_id(query.cursor),
        limit=query.limit,
    )
    return items([schemas.wallet_item(found) for found in page.items], page.next_cursor)


@endpoints.add(
    "POST",
    "/api/wallets",
    role=Role.admin,
    idempotent=True,
    status=201,
    summary="Open a wallet",
    description=(
        "Opens a wallet for one currency, with a main account that money comes to. The first wallet of a currency "
        "becomes its primary one. A workspace may have several wallets of one currency."
    ),
    body=WalletBody,
    answer=Item[WalletItem],
    example=Example(request=schemas.EXAMPLE_BODY, answer=Item(item=schemas.EXAMPLE_NEW)),
    notes=(
        "Only currencies: crypto assets are kept in FinVault wallets.",
        "The new wallet belongs to the mode of the request and starts empty.",
    ),
)
async def create_wallet(call: Call[WalletBody, NoQuery]) -> Answer:
    """POST /api/wallets."""
    body = call.body

    async def work(ctx: Ctx) -> Answer:
        opened = await wallets.create_wallet(ctx, name=body.name, country=body.country, asset=body.asset)
        return created(schemas.wallet_item(opened))

    return await call.once(work)


@endpoints.add(
    "GET",
    "/api/wallets/{id}",
    role=Role.viewer,
    summary="Get a wallet",
    description="One wallet of the workspace with its balance over all its accounts as of now.",
    query=WorkspaceQuery,
    path_parameters=_ID,
    answer=Item[WalletItem],
    example=Example(answer=Item(item=schemas.EXAMPLE_WALLET)),
    errors=(NotFound,),
    notes=("A wallet of another workspace, or of the other mode, answers 404 as if it did not exist.",),
)
async def get_wallet(call: Call[NoBody, WorkspaceQuery]) -> Answer:
    """GET /api/wallets/{id}."""
    return item(schemas.wallet_item(await wallets.get_wallet(call.ctx, wallet_id=_wallet_id(call.path))))


@endpoints.add(
    "GET",
    "/api/wallets/{id}/balances",
    role=Role.viewer,
    summary="Get a wallet's balances",
    description=(
        "What is posted, held and available in the wallet, in total and on each of its accounts, all of one moment: "
        "the total is exactly the sum of the rows."
    ),
    query=WorkspaceQuery,
    path_parameters=_ID,
    answer=Item[WalletBalances],
    example=Example(answer=Item(item=schemas.EXAMPLE_BALANCES)),
    errors=(NotFound,),
    notes=("`held` is set aside for operations that wait for approval or are under way; `available` is without it.",),
)
async def get_wallet_balances(call: Call[NoBody, WorkspaceQuery]) -> Answer:
    """GET /api/wallets/{id}/balances."""
    wallet, funds = await accounts.read_balances(call.ctx, wallet_id=_wallet_id(call.path))
    return item(schemas.balances_item(wallet, funds))


@endpoints.add(
    "GET",
    "/api/wallets/{id}/history",
    role=Role.viewer,
    summary="List a wallet's history",
    description=(
        "The entries of one account of the wallet, newest first, each with the balance that it left. The main account "
        "is shown unless `account_id` names another one. Filters combine. With `Accept: text/csv` the filtered entries "
        "come as a file of up to 10,000 rows; the header `x-next-cursor` is there when more follow."
    ),
    query=HistoryQuery,
    path_parameters=_ID,
    answer=Items[WalletEntryItem],
    example=Example(answer=Items(items=[schemas.EXAMPLE_ENTRY])),
    errors=(NotFound,),
    notes=(
        "`balance_after` is the account's balance after the entry, whatever the filters leave out.",
        "`from` is inclusive and `to` exclusive, so that months follow each other without overlap.",
        "A page costs the same wherever it stands in the history: pass `next_cursor` on as `cursor`.",
        "In the file, text that a spreadsheet would run as a formula begins with an apostrophe.",
    ),
)
async def list_wallet_history(call: Call[NoBody, HistoryQuery]) -> Answer:
    """GET /api/wallets/{id}/history."""
    query = call.query
    wanted = history.Wanted(
        account_id=None if query.account_id is None else ids.parse(ids.ACCOUNT, query.account_id, "account"),
        direction=query.direction,
        since=in_utc(query.since, "from"),
        until=in_utc(query.until, "to"),
        before=_last_number(query.cursor),
    )
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        raise ValidationFailed.of("from", "from is after to; `from` is the earlier moment.")
    as_file = "text/csv" in call.accept
    limit = EXPORT_LIMIT if as_file else query.limit
    page = await history.read_history(call.ctx, wallet_id=_wallet_id(call.path), wanted=wanted, limit=limit)
    rows = [schemas.entry_item(entry) for entry in page.items]
    if as_file:
        return csv_answer(_COLUMNS, rows, filename="history.csv", next_cursor=page.next_cursor)
    return items(rows, page.next_cursor)


@endpoints.add(
    "GET",
    "/api/wallets/{id}/accounts",
    role=Role.viewer,
    summary="List a wallet's accounts",
    description=(
        "The sub-accounts of the wallet, newest first, each with its balance: the main one that every wallet has, "
        "reserves, and virtual accounts with the numbers that payers pay to."
    ),
    query=PageQuery,
    path_parameters=_ID,
    answer=Items[WalletAccountItem],
    example=Example(answer=Items(items=[schemas.EXAMPLE_ACCOUNT])),
    errors=(NotFound,),
    notes=("An account's id is also its id in the ledger: GET /api/ledger/accounts shows the same accounts.",),
)
async def list_wallet_accounts(call: Call[NoBody, PageQuery]) -> Answer:
    """GET /api/wallets/{id}/accounts."""
    query = call.query
    page = await accounts.list_accounts(
        call.ctx, wallet_id=_wallet_id(call.path), before=_last_id(query.cursor), limit=query.limit
    )
    return items([schemas.account_item(found) for found in page.items], page.next_cursor)


@endpoints.add(
    "POST",
    "/api/wallets/{id}/accounts",
    role=Role.admin,
    idempotent=True,
    status=201,
    summary="Open an account in a wallet",
    description=(
        "Opens a sub-account: a reserve that keeps money apart from the main account, or a virtual account with a "
        "number of its own, so that what is paid to the number can be told from everything else. The number has 16 "
        "digits: `88`, 13 digits made from the account's id, and a check digit after ISO/IEC 7064 (MOD 11,10) that "
        "shows a mistyped number. It is unique over all workspaces and both modes, and never given out twice."
    ),
    body=WalletAccountBody,
    path_parameters=_ID,
    answer=Item[WalletAccountItem],
    example=Example(request=schemas.EXAMPLE_ACCOUNT_BODY, answer=Item(item=schemas.EXAMPLE_ACCOUNT)),
    errors=(NotFound, WalletClosed, TooManyAccounts),
    notes=(
        "The main account is opened with the wallet; there is exactly one.",
        "A wallet has at most 100 accounts.",
    ),
)
async def create_wallet_account(call: Call[WalletAccountBody, NoQuery]) -> Answer:
    """POST /api/wallets/{id}/accounts."""
    body, wallet_id = call.body, _wallet_id(call.path)

    async def work(ctx: Ctx) -> Answer:
        opened = await accounts.create_account(
            ctx, wallet_id=wallet_id, purpose=Purpose(body.purpose), label=body.label
        )
        return created(schemas.account_item(opened))

    return await call.once(work)


@endpoints.add(
    "POST",
    "/api/wallets/{id}/make-primary",
    role=Role.admin,
    idempotent=True,
    summary="Make a wallet primary",
    description=(
        "Makes the wallet the one that is taken for its asset when none is named. The one before stops being primary "
        "in the same moment: an asset has never two, however many requests race."
    ),
    body=WalletCommand,
    path_parameters=_ID,
    answer=Item[WalletItem],
    example=Example(request=schemas.EXAMPLE_COMMAND, answer=Item(item=schemas.EXAMPLE_WALLET)),
    errors=(NotFound, WalletClosed),
    notes=("Making the primary wallet primary again changes nothing and answers 200.",),
)
async def make_wallet_primary(call: Call[WalletCommand, NoQuery]) -> Answer:
    """POST /api/wallets/{id}/make-primary."""
    wallet_id = _wallet_id(call.path)

    async def work(ctx: Ctx) -> Answer:
        return item(schemas.wallet_item(await wallets.make_primary(ctx, wallet_id=wallet_id)))

    return await call.once(work)


@endpoints.add(
    "POST",
    "/api/wallets/{id}/close",
    role=Role.admin,
    idempotent=True,
    summary="Close a wallet",
    description=(
        "Closes a wallet and its accounts for ever. All of them must be empty: nothing posted, nothing held. A payment "
        "that arrives at the same time either comes first, and the wallet stays open, or finds it closed and is "
        "refused; money never ends on a closed account. The history stays readable."
    ),
    body=WalletCommand,
    path_parameters=_ID,
    answer=Item[WalletItem],
    example=Example(request=schemas.EXAMPLE_COMMAND, answer=Item(item=schemas.EXAMPLE_CLOSED)),
    errors=(NotFound, WalletClosed, WalletNotEmpty, PrimaryInUse),
    notes=(
        "The primary wallet of an asset is closed last: make another one primary first.",
        "A closed wallet cannot be opened again; open a new one.",
    ),
)
async def close_wallet(call: Call[WalletCommand, NoQuery]) -> Answer:
    """POST /api/wallets/{id}/close."""
    wallet_id = _wallet_id(call.path)

    async def work(ctx: Ctx) -> Answer:
        return item(schemas.wallet_item(await wallets.close_wallet(ctx, wallet_id=wallet_id)))

    return await call.once(work)


def _wallet_id(path: dict[str, str]) -> UUID:
    return ids.parse(ids.WALLET, path["id"], "wallet")


def _last_id(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(str(text))
    except ValueError:
        raise _bad_cursor() from None


def _last_number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (number,) = decode_cursor(cursor, int)
    if not 1 <= int(number) <= _LARGEST_NUMBER:
        raise _bad_cursor()
    return int(number)


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed.of("cursor", "cursor is not one that this list gave; leave it out to start at the top.")
