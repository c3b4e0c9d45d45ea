"""What a measurement needs to stand on: one user, many workspaces, many funded wallets, made through the doors."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import urllib.request
from pathlib import Path
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.clock import utc_now
from findigi.kernel.context import Runtime
from findigi.kernel.db import Tx
from findigi.kernel.settings import load_settings
from findigi.main import make_runtime, running
from findigi.modules import identity
from findigi.modules.clients import ClientDetails, create_client
from findigi.modules.identity import Passwords
from findigi.modules.ledger import HOUSE, Line, NewAccount, Posting, open_accounts, post_one
from findigi.modules.wallets import open_wallet

EMAIL, PASSWORD = "bench@findigi.local", "Bench-money-mover-2026"
FUNDS = 10**12  # smallest units on each wallet


async def seed(workspaces: int, wallets_each: int) -> list[tuple[str, list[str]]]:
    """Makes the user, the workspaces and the funded IDR wallets; gives (client id, wallet ids) as texts."""
    runtime = make_runtime(load_settings())
    async with running(runtime):
        now = utc_now()
        async with runtime.database.transaction() as tx:
            hashed = await runtime.part(Passwords).hash(PASSWORD)
            person = await identity.create_user(
                tx, user_id=ids.new_id(), email=EMAIL, full_name="Bench", password_hash=hashed, now=now
            )
            (funding,) = await open_accounts(
                tx, [NewAccount(HOUSE, True, "funding", "equity", "IDR", "Sandbox funding", "both")], now=now
            )
        groups: list[tuple[str, list[str]]] = []
        for _ in range(0, workspaces, 50):
            async with runtime.database.transaction() as tx:
                groups += [await _workspace(tx, person.id, funding.id, wallets_each) for _ in range(50)]
        await _analyse(runtime)
        return groups


async def _workspace(tx: Tx, owner: UUID, funding: UUID, wallets_each: int) -> tuple[str, list[str]]:
    now, client_id = utc_now(), ids.new_id()
    details = ClientDetails(name="Bench", kind="company", country="ID", base_currency="IDR")
    await create_client(tx, client_id=client_id, owner_id=owner, details=details, now=now)
    wallets = [
        await open_wallet(tx, client_id=client_id, is_test=True, name=f"{n}", country="ID", asset="IDR", now=now)
        for n in range(wallets_each)
    ]
    lines = [Line(client_id, wallet.main_account_id, FUNDS) for wallet in wallets]
    lines.append(Line(HOUSE, funding, -FUNDS * wallets_each))
    await post_one(tx, Posting(client_id, True, ids.new_id(), None, "payin", "Funding", now, tuple(lines)))
    return ids.to_text(ids.CLIENT, client_id), [ids.to_text(ids.WALLET, wallet.id) for wallet in wallets]


async def _analyse(runtime: Runtime) -> None:
    connection = await runtime.database.connect_alone()
    await connection.execute("vacuum analyze")
    await connection.close()


def sign_in(port: int) -> str:
    """A bearer token of the bench user."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/auth/login",
        json.dumps({"email": EMAIL, "password": PASSWORD}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(json.load(answer)["access_token"])


def main() -> None:
    """`python -m bench.seed PLAN PORT WORKSPACES WALLETS` writes the plan of a run."""
    plan, port, workspaces, wallets_each = sys.argv[1:5]
    groups = asyncio.run(seed(int(workspaces), int(wallets_each)))
    random.shuffle(groups)
    Path(plan).write_text(json.dumps({"token": sign_in(int(port)), "groups": groups}))


if __name__ == "__main__":
    main()
