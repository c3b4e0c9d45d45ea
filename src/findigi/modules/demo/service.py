"""The people, workspaces and history of a fresh start, made once and in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.clock import utc_now
from findigi.kernel.context import Ctx, Role, Runtime
from findigi.kernel.db import Tx
from findigi.modules import identity
from findigi.modules.clients import ClientDetails, add_member, create_client
from findigi.modules.demo import store
from findigi.modules.demo.model import (
    ALPHA,
    CHECKER,
    DAYS,
    EXTRA_WALLETS,
    PASSWORD,
    SOLO,
    TWOFA,
    DemoMove,
    DemoPerson,
    month,
)
from findigi.modules.faucet import fund_within
from findigi.modules.identity import Passwords
from findigi.modules.onboarding import onboard_within
from findigi.modules.transfers import transfer_within
from findigi.modules.wallets import Wallet, WalletRef, open_wallet

_SAID: Final = f"sign in as {ALPHA.email} with {PASSWORD}"
_COMPANY: Final = ClientDetails(
    name="Alpha Trading",
    kind="company",
    country="ID",
    base_currency="IDR",
    registration_number="9120304958671",
    tax_id="01.234.567.8-901.000",
)


async def prepare_demo(runtime: Runtime) -> str:
    """Makes the demo data unless it is there, and gives how to sign in. Two starts at once make it once."""
    now = utc_now()
    async with runtime.database.transaction() as tx:
        await store.lock(tx)
        if await identity.find_user_by_email(tx, email=ALPHA.email) is None:
            began = (now - timedelta(days=DAYS)).replace(hour=1, minute=0, second=0, microsecond=0)
            await _make(tx, runtime, began=began, now=now)
    return _SAID


async def _make(tx: Tx, runtime: Runtime, *, began: datetime, now: datetime) -> None:
    password_hash = await runtime.part(Passwords).hash(PASSWORD)
    people = {person: await _person(tx, person, password_hash, began) for person in (ALPHA, CHECKER, SOLO, TWOFA)}
    await identity.enable_email_two_factor(tx, user_id=people[TWOFA])
    wallets: dict[str, Wallet] = {}
    company = await _workspace(tx, people[ALPHA], _COMPANY, began)
    for person, role in ((CHECKER, Role.checker), (TWOFA, Role.maker)):
        await add_member(tx, client_id=company, user_id=people[person], role=role, added_by=people[ALPHA], now=began)
    wallets.update(await _wallets(tx, company, began))
    details = ClientDetails(name=SOLO.full_name, kind="individual", country="ID", base_currency="IDR")
    single = await _workspace(tx, people[SOLO], details, began)
    wallets["solo"] = (await _default_wallets(tx, single, began))["IDR"]
    base = Ctx(runtime=runtime, request_id="demo", now=began, is_test=True, joined=tx)
    for move in month():
        at = began + timedelta(days=move.day, hours=move.hour - 1, minutes=move.minute)
        if at < now:
            to_solo_only = move.source is None and move.destination == "solo"
            user, client = (people[SOLO], single) if to_solo_only else (people[ALPHA], company)
            ctx = replace(base, now=at, user_id=user, client_id=client, role=Role.owner)
            await _move(tx, ctx, move, wallets)


async def _person(tx: Tx, person: DemoPerson, password_hash: str, now: datetime) -> UUID:
    made = await identity.create_user(
        tx,
        user_id=ids.id_at(now),
        email=person.email,
        full_name=person.full_name,
        country=person.country,
        password_hash=password_hash,
        now=now,
    )
    return made.id


async def _workspace(tx: Tx, owner: UUID, details: ClientDetails, now: datetime) -> UUID:
    client = await create_client(tx, client_id=ids.id_at(now), owner_id=owner, details=details, now=now)
    await onboard_within(tx, client_id=client.id, now=now)
    return client.id


async def _default_wallets(tx: Tx, client_id: UUID, now: datetime) -> dict[str, Wallet]:
    _, wallets = await onboard_within(tx, client_id=client_id, now=now)
    return {wallet.asset: wallet for wallet in wallets if wallet.is_test}


async def _wallets(tx: Tx, client_id: UUID, now: datetime) -> dict[str, Wallet]:
    default = await _default_wallets(tx, client_id, now)
    named = {"idr": default["IDR"], "usd": default["USD"]}
    for new in EXTRA_WALLETS:
        named[new.key] = await open_wallet(
            tx, client_id=client_id, is_test=True, name=new.name, country=new.country, asset=new.asset, now=now
        )
    return named


async def _move(tx: Tx, ctx: Ctx, move: DemoMove, wallets: Mapping[str, Wallet]) -> None:
    destination = _ref(wallets[move.destination])
    if move.source is None:
        await fund_within(
            tx, ctx, wallet=destination, amount=move.amount, description=move.description, reference=move.reference
        )
        return
    await transfer_within(
        tx,
        ctx,
        source=_ref(wallets[move.source]),
        destination=destination,
        amount=move.amount,
        description=move.description,
        reference=move.reference,
    )


def _ref(wallet: Wallet) -> WalletRef:
    # not asked of the directory: these wallets are not committed yet
    return WalletRef(wallet.id, wallet.client_id, wallet.main_account_id, wallet.asset, wallet.is_test)
