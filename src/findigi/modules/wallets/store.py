"""All SQL of wallets. Balances are not here: they are the ledger's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from findigi.kernel.db import Row, Tx
from findigi.modules.wallets.model import Purpose, SubAccount, Wallet, WalletRef

# Which wallet of an asset is primary is decided one at a time per workspace, mode and asset. The unique index would
# refuse the loser of a race; waiting here lets it succeed instead.
LOCK_ASSET_SQL = """
select pg_advisory_xact_lock(hashtextextended(
    'wallet asset ' || $1::uuid::text || ' ' || $2::boolean::text || ' ' || $3::text, 0))"""
INSERT_SQL = """
insert into wallet (client_id, is_test, id, name, country, asset, is_primary, main_account_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
INSERT_DIRECTORY_SQL = """
insert into wallet_directory (wallet_id, owner_id, is_test, asset, account_id) values ($1, $2, $3, $4, $5)"""
INSERT_ACCOUNT_SQL = """
insert into wallet_account (client_id, id, is_test, wallet_id, purpose, label, number, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)"""
TAKE_NUMBER_SQL = """
insert into virtual_account_directory (number, owner_id, account_id) values ($1, $2, $3)
on conflict (number) do nothing"""
READ_SQL = """
select client_id, is_test, id, name, country, asset, is_primary, status, main_account_id, created_at
from wallet where client_id = $1 and is_test = $2 and id = $3"""
LOCK_SQL = """
select client_id, is_test, id, name, country, asset, is_primary, status, main_account_id, created_at
from wallet where client_id = $1 and is_test = $2 and id = $3 for no key update"""
LIST_SQL = """
select client_id, is_test, id, name, country, asset, is_primary, status, main_account_id, created_at
from wallet
where client_id = $1 and is_test = $2
    and ($3::uuid is null or id < $3) and ($4::text is null or asset = $4) and ($5::text is null or status = $5)
order by id desc limit $6::bigint"""
ACCOUNTS_OF_SQL = """
select wallet_id, id from wallet_account where client_id = $1 and wallet_id = any($2::uuid[])"""
FIND_PRIMARY_SQL = """
select id from wallet where client_id = $1 and is_test = $2 and asset = $3 and is_primary"""
DEMOTE_SQL = """
update wallet set is_primary = false where client_id = $1 and is_test = $2 and asset = $3 and is_primary"""
PROMOTE_SQL = "update wallet set is_primary = true where client_id = $1 and is_test = $2 and id = $3"
OTHER_OPEN_SQL = """
select id from wallet
where client_id = $1 and is_test = $2 and asset = $3 and status = 'open' and id <> $4 limit 1"""
CLOSE_SQL = """
update wallet set status = 'closed', is_primary = false where client_id = $1 and is_test = $2 and id = $3"""
LIST_ACCOUNTS_SQL = """
select client_id, id, is_test, wallet_id, purpose, label, number, created_at
from wallet_account
where client_id = $1 and wallet_id = $2 and is_test = $3 and ($4::uuid is null or id < $4)
order by id desc limit $5::bigint"""
READ_ACCOUNT_SQL = """
select client_id, id, is_test, wallet_id, purpose, label, number, created_at
from wallet_account where client_id = $1 and id = $2 and is_test = $3 and wallet_id = $4"""
RESOLVE_SQL = """
select wallet_id, owner_id, account_id, asset, is_test from wallet_directory where wallet_id = any($1::uuid[])"""


def _to_wallet(row: Row) -> Wallet:
    return Wallet(
        id=row["id"],
        client_id=row["client_id"],
        is_test=row["is_test"],
        name=row["name"],
        country=row["country"],
        asset=row["asset"],
        is_primary=row["is_primary"],
        status=row["status"],
        main_account_id=row["main_account_id"],
        created_at=row["created_at"],
    )


def _to_account(row: Row) -> SubAccount:
    return SubAccount(
        id=row["id"],
        client_id=row["client_id"],
        is_test=row["is_test"],
        wallet_id=row["wallet_id"],
        purpose=Purpose(row["purpose"]),
        label=row["label"],
        number=row["number"],
        created_at=row["created_at"],
    )


async def lock_asset(tx: Tx, *, client_id: UUID, is_test: bool, asset: str) -> None:
    """Waits for whoever else decides about this workspace's primary wallet of the asset, until the transaction ends."""
    await tx.run(LOCK_ASSET_SQL, client_id, is_test, asset)


async def insert(tx: Tx, wallet: Wallet) -> None:
    """Writes a new open wallet and its line in the directory."""
    await tx.run(
        INSERT_SQL,
        wallet.client_id, wallet.is_test, wallet.id, wallet.name, wallet.country, wallet.asset, wallet.is_primary,
        wallet.main_account_id, wallet.created_at,
    )  # fmt: skip
    await tx.run(
        INSERT_DIRECTORY_SQL, wallet.id, wallet.client_id, wallet.is_test, wallet.asset, wallet.main_account_id
    )


async def insert_account(tx: Tx, account: SubAccount) -> None:
    """Writes a new sub-account."""
    await tx.run(
        INSERT_ACCOUNT_SQL,
        account.client_id, account.id, account.is_test, account.wallet_id, account.purpose.value, account.label,
        account.number, account.created_at,
    )  # fmt: skip


async def take_number(tx: Tx, *, number: str, client_id: UUID, account_id: UUID) -> bool:
    """Reserves a virtual account number for ever; False when another account has it."""
    return await tx.run(TAKE_NUMBER_SQL, number, client_id, account_id) == 1


async def read(tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID) -> Wallet | None:
    """One wallet."""
    row = await tx.row(READ_SQL, client_id, is_test, wallet_id)
    return None if row is None else _to_wallet(row)


async def lock(tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID) -> Wallet | None:
    """One wallet as it is once nobody else changes it, and stays until the transaction ends."""
    row = await tx.row(LOCK_SQL, client_id, is_test, wallet_id)
    return None if row is None else _to_wallet(row)


async def list_wallets(
    tx: Tx,
    *,
    client_id: UUID,
    is_test: bool,
    before: UUID | None = None,
    asset: str | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> list[Wallet]:
    """The workspace's wallets, newest first, below the id `before`; all of them without a `limit`."""
    rows = await tx.rows(LIST_SQL, client_id, is_test, before, asset, status, limit)
    return [_to_wallet(row) for row in rows]


async def accounts_of(tx: Tx, *, client_id: UUID, wallet_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(wallet id, account id) of every account of those wallets."""
    rows = await tx.rows(ACCOUNTS_OF_SQL, client_id, list(wallet_ids))
    return [(row["wallet_id"], row["id"]) for row in rows]


async def has_primary(tx: Tx, *, client_id: UUID, is_test: bool, asset: str) -> bool:
    """Whether the asset has a primary wallet."""
    return await tx.row(FIND_PRIMARY_SQL, client_id, is_test, asset) is not None


async def demote(tx: Tx, *, client_id: UUID, is_test: bool, asset: str) -> None:
    """Leaves the asset without a primary wallet."""
    await tx.run(DEMOTE_SQL, client_id, is_test, asset)


async def promote(tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID) -> None:
    """Makes the wallet primary; the asset must have none."""
    await tx.run(PROMOTE_SQL, client_id, is_test, wallet_id)


async def has_other_open(tx: Tx, *, wallet: Wallet) -> bool:
    """Whether another wallet of the same asset is open."""
    return await tx.row(OTHER_OPEN_SQL, wallet.client_id, wallet.is_test, wallet.asset, wallet.id) is not None


async def close(tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID) -> None:
    """Closes the wallet, which is not primary any more then."""
    await tx.run(CLOSE_SQL, client_id, is_test, wallet_id)


async def list_accounts(
    tx: Tx,
    *,
    client_id: UUID,
    is_test: bool,
    wallet_id: UUID,
    before: UUID | None = None,
    limit: int | None = None,
) -> list[SubAccount]:
    """The wallet's accounts, newest first, below the id `before`; all of them without a `limit`."""
    rows = await tx.rows(LIST_ACCOUNTS_SQL, client_id, wallet_id, is_test, before, limit)
    return [_to_account(row) for row in rows]


async def read_account(
    tx: Tx, *, client_id: UUID, is_test: bool, wallet_id: UUID, account_id: UUID
) -> SubAccount | None:
    """One account of that wallet."""
    row = await tx.row(READ_ACCOUNT_SQL, client_id, account_id, is_test, wallet_id)
    return None if row is None else _to_account(row)


async def resolve(tx: Tx, wallet_ids: Sequence[UUID]) -> list[WalletRef]:
    """Those of the wallets that exist, of whatever workspace and mode."""
    rows = await tx.rows(RESOLVE_SQL, list(wallet_ids))
    return [
        WalletRef(row["wallet_id"], row["owner_id"], row["account_id"], row["asset"], row["is_test"]) for row in rows
    ]
