from __future__ import annotations

import pytest
from tests.modules.bank import FUND, Bank, Party, available
from tests.modules.wallets.purse import fields_of
from tests.support import in_own_task

from findigi.kernel import ids, log
from findigi.kernel.context import Role
from findigi.kernel.settings import Settings
from findigi.main import create_app


async def test_money_arrives_as_a_completed_pay_in(bank: Bank, party: Party) -> None:
    made = await bank.fund(party.owner, party.test["IDR"], "5000000.25")
    assert (made["type"], made["status"], made["amount"], made["mode"]) == ("payin", "completed", "5000000.25", "test")
    assert made["source"] == {"type": "sandbox_funding", "id": None}
    assert made["destination"] == {"type": "wallet", "id": party.test["IDR"]}
    assert "source_wallet_id" not in made
    assert await available(party.owner, party.test["IDR"]) == "5000000.25"
    (shown,) = await party.owner.items("/api/transactions?type=payin")
    assert shown == made
    await bank.books_are_right()


async def test_the_same_key_funds_once(bank: Bank, party: Party) -> None:
    key, body = {"idempotency-key": "fund-1"}, {"wallet_id": party.test["IDR"], "amount": "5"}
    first = await party.owner.post(FUND, body, **key)
    again = await party.owner.post(FUND, body, **key)
    other = await party.owner.post(FUND, body | {"amount": "6"}, **key)
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await available(party.owner, party.test["IDR"]) == "5"


async def test_live_mode_has_no_faucet(bank: Bank, party: Party) -> None:
    before = await bank.rows()
    for wallet in (party.live["IDR"], party.test["IDR"]):
        answer = await party.owner.live().post(FUND, {"wallet_id": wallet, "amount": "5"})
        assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
    assert await bank.rows() == before


async def test_production_has_no_faucet(bank: Bank, party: Party, settings: Settings) -> None:
    production = settings.model_copy(update={"environment": "production", "demo": False})
    app = create_app(production)
    try:
        async with in_own_task(app.lifespan()), Bank(app, bank.http, bank.database).browser() as http:
            body = {"wallet_id": party.test["IDR"], "amount": "5"}
            answer = await http.post(FUND, json=body, headers=party.owner.headers)
    finally:
        log.configure(settings)
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
    assert await available(party.owner, party.test["IDR"]) == "0"


async def test_only_a_test_wallet_of_the_workspace_is_funded(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    before = await bank.rows()
    for wallet in (other.test["IDR"], party.live["IDR"], ids.to_text(ids.WALLET, ids.new_id()), "acc_x", ""):
        answer = await party.owner.post(FUND, {"wallet_id": wallet, "amount": "5"})
        assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND"), wallet
    assert await bank.rows() == before


async def test_a_closed_wallet_is_not_funded(bank: Bank, party: Party) -> None:
    closed = (await party.owner.wallet("Second"))["id"]
    assert (await party.owner.post(f"/api/wallets/{closed}/close")).status_code == 200
    answer = await party.owner.post(FUND, {"wallet_id": closed, "amount": "5"})
    assert (answer.status_code, answer.json()["error"]) == (409, "INVALID_STATE")


@pytest.mark.parametrize("amount", ["0", "-1", "1.234", "1e3", "", "9" * 39, "1000000000000.01"])
async def test_an_amount_that_is_none_is_refused(party: Party, amount: str) -> None:
    answer = await party.owner.post(FUND, {"wallet_id": party.test["IDR"], "amount": amount})
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["amount"]


async def test_nobody_empties_the_faucet_for_others(bank: Bank, party: Party) -> None:
    """What one workspace takes leaves the others theirs: one request is small against what the books can count."""
    other = await bank.party(name="Beta")
    for _ in range(12):
        await bank.fund(party.owner, party.test["IDR"], "1000000000000")
    await bank.fund(other.owner, other.test["IDR"], "1000000000000")
    assert await available(party.owner, party.test["IDR"]) == "12000000000000"


@pytest.mark.parametrize("role", [Role.viewer, Role.checker])
async def test_a_weak_role_is_refused(bank: Bank, party: Party, role: Role) -> None:
    weak = await bank.colleague(party.owner, role)
    answer = await weak.post(FUND, {"wallet_id": party.test["IDR"], "amount": "5"})
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
