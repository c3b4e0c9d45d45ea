from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.modules.bank import Bank, pages
from tests.modules.wallets.purse import Member

from findigi.kernel import ids
from findigi.kernel.clock import to_text, utc_now
from findigi.kernel.context import Role
from findigi.kernel.settings import Settings
from findigi.main import prepare

PASSWORD = "Sandbox-2026!"
ALPHA, CHECKER, SOLO, TWOFA = (f"{name}.tester@findigi.local" for name in ("alpha", "checker", "solo", "twofa"))
SUMS_SQL = "select journal_id, asset, sum(amount) as total, count(*) from entry group by journal_id, asset"


async def signed_in(bank: Bank, email: str) -> Member:
    async with bank.browser() as http:
        answer = await http.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    member = Member(bank.http, ids.new_id(), ids.new_id(), Role.owner, token=answer.json()["access_token"])
    (mine,) = await member.items("/api/auth/my-clients")
    return replace(member, client_id=ids.parse(ids.CLIENT, mine["client_id"]), role=Role[mine["role"]])


async def balances(member: Member) -> dict[str, str]:
    rows = await member.items("/api/wallets")
    return {f"{row['name']} {row['asset']}": row["balance"]["available"] for row in rows}


async def test_the_company_has_its_wallets_and_what_its_month_left_in_them(bank: Bank, settings: Settings) -> None:
    await prepare(settings)
    alpha = await signed_in(bank, ALPHA)
    assert await balances(alpha) == {
        "IDR operating IDR": "1229150000",
        "USD operating USD": "95000",
        "Singapore operating SGD": "229115.25",
        "Payroll Jakarta IDR": "831050000",
        "Tax reserve IDR": "96250000",
        "Supplier payments SGD": "34380.25",
    }
    assert await balances(await signed_in(bank, SOLO)) == {"IDR operating IDR": "56150000", "USD operating USD": "0"}
    assert set((await balances(alpha.live())).values()) == {"0"}


async def test_its_books_are_right(bank: Bank, settings: Settings) -> None:
    await prepare(settings)
    await bank.books_are_right()
    async with bank.database.reading() as tx:
        sums = await tx.rows(SUMS_SQL)
    assert len(sums) > 20
    assert {(row["total"], row["count"]) for row in sums} == {(0, 2)}


async def test_its_history_is_of_the_last_month_and_in_order(bank: Bank, settings: Settings) -> None:
    await prepare(settings)
    rows = [row async for page in pages(await signed_in(bank, ALPHA), "/api/transactions") for row in page]
    moments = [row["created_at"] for row in rows]
    assert moments == sorted(moments, reverse=True)
    assert to_text(utc_now() - timedelta(days=31)) < moments[-1] < moments[0] < to_text(utc_now())
    assert {row["type"] for row in rows} == {"payin", "wallet_transfer"}
    assert {row["status"] for row in rows} == {"completed"}
    solo = await (await signed_in(bank, SOLO)).items("/api/transactions")
    assert sorted(row["direction"] for row in solo) == ["in", "in", "own"]


async def test_a_second_start_changes_nothing(bank: Bank, settings: Settings) -> None:
    said = await prepare(settings)
    rows, before = await bank.rows(), await balances(await signed_in(bank, ALPHA))
    assert await prepare(settings) == said
    assert said is not None
    assert ALPHA in said
    assert PASSWORD in said
    assert await bank.rows() == rows
    assert await balances(await signed_in(bank, ALPHA)) == before


async def test_two_starts_at_once_make_it_once(bank: Bank, settings: Settings) -> None:
    await asyncio.gather(prepare(settings), prepare(settings), prepare(settings))
    async with bank.database.reading() as tx:
        assert await tx.value("select count(*) from client") == 2
        assert await tx.value("select count(*) from identity_user") == 4
    await bank.books_are_right()


@pytest.mark.parametrize(
    ("email", "workspace", "role"),
    [(ALPHA, "Alpha Trading", "owner"), (CHECKER, "Alpha Trading", "checker"), (SOLO, "Sari Wijaya", "owner")],
)
async def test_each_signs_in_with_the_public_password(
    bank: Bank, settings: Settings, email: str, workspace: str, role: str
) -> None:
    await prepare(settings)
    member = await signed_in(bank, email)
    (mine,) = await member.items("/api/auth/my-clients")
    assert (mine["name"], mine["role"]) == (workspace, role)
    assert (await member.item("/api/auth/me"))["email"] == email


async def test_one_is_asked_for_a_code(bank: Bank, settings: Settings) -> None:
    await prepare(settings)
    async with bank.browser() as http:
        answer = await http.post("/api/auth/login", json={"email": TWOFA, "password": PASSWORD})
    body = answer.json()
    assert (answer.status_code, body["two_factor_required"], body["method"]) == (200, True, "email")
    assert "access_token" not in body


@pytest.mark.parametrize("change", [{"demo": False}, {"environment": "production"}])
async def test_without_a_demo_nothing_is_made(bank: Bank, settings: Settings, change: dict[str, object]) -> None:
    before = await bank.rows()
    assert await prepare(settings.model_copy(update=change)) is None
    assert await bank.rows() == before
