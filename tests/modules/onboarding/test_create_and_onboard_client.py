from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.bank import ONBOARD, Bank, company
from tests.modules.wallets.purse import fields_of

from findigi.modules.onboarding import service
from findigi.modules.wallets import Wallet


def opened(item: dict[str, Any]) -> set[tuple[str, str, bool]]:
    return {(wallet["asset"], wallet["mode"], wallet["is_primary"]) for wallet in item["wallets"]}


async def test_a_workspace_is_ready_for_money_at_once(bank: Bank) -> None:
    owner = await bank.person()
    answer = await owner.post(ONBOARD, company(registration_number="9120304958671"))
    assert answer.status_code == 201, answer.text
    item = answer.json()["item"]
    assert (item["client"]["status"], item["client"]["role"]) == ("active", "owner")
    assert item["client"]["onboarded_at"] == item["client"]["created_at"]
    assert opened(item) == {(asset, mode, True) for asset in ("IDR", "USD") for mode in ("test", "live")}
    assert await owner.item(f"/api/clients/{item['client']['client_id']}") == item["client"]
    for mode, member in (("test", owner), ("live", owner.live())):
        named = {wallet["id"] for wallet in item["wallets"] if wallet["mode"] == mode}
        assert {wallet["id"] for wallet in await member.items("/api/wallets")} == named
        assert {row["balance"]["posted"] for row in await member.items("/api/ledger/accounts")} == {"0"}
    await bank.fund(owner, next(w["id"] for w in item["wallets"] if w["mode"] == "test"), "1")


@pytest.mark.parametrize(
    ("country", "base", "assets"),
    [
        ("ID", "IDR", {"IDR", "USD"}),
        ("SG", "USD", {"SGD", "USD"}),
        ("JP", "EUR", {"JPY", "EUR", "USD"}),
        ("DE", "EUR", {"EUR", "USD"}),
        ("US", "USD", {"USD"}),
    ],
)
async def test_wallets_of_the_local_and_the_base_currency_and_dollars(
    bank: Bank, country: str, base: str, assets: set[str]
) -> None:
    answer = await (await bank.person()).post(ONBOARD, company(country=country, base_currency=base))
    assert opened(answer.json()["item"]) == {(asset, mode, True) for asset in assets for mode in ("test", "live")}


async def test_a_step_that_fails_leaves_nothing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, before, calls = await bank.person(), await bank.rows(), list[str]()
    real = service.open_wallet

    async def third_fails(*arguments: Any, **named: Any) -> Wallet:
        calls.append(named["asset"])
        if len(calls) == 3:
            raise RuntimeError("planted")
        return await real(*arguments, **named)

    monkeypatch.setattr(service, "open_wallet", third_fails)
    answer = await owner.post(ONBOARD, company(), **{"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["error"]) == (500, "INTERNAL_ERROR")
    assert len(calls) == 3
    assert await bank.rows() == before
    assert await owner.items("/api/clients") == []
    monkeypatch.undo()
    assert (await owner.post(ONBOARD, company(), **{"idempotency-key": "k"})).status_code == 201


async def test_the_same_key_makes_one_workspace(bank: Bank) -> None:
    owner, key = await bank.person(), {"idempotency-key": "first-workspace"}
    first = await owner.post(ONBOARD, company(), **key)
    again = await owner.post(ONBOARD, company(), **key)
    other = await owner.post(ONBOARD, company(name="Beta"), **key)
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await owner.items("/api/clients")) == 1


async def test_the_same_key_at_once_makes_one_workspace(bank: Bank) -> None:
    owner, key = await bank.person(), {"idempotency-key": "k"}
    answers = await asyncio.gather(*(owner.post(ONBOARD, company(), **key) for _ in range(10)))
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    refused = [answer for answer in answers if answer.status_code != 201]
    assert all((r.status_code, r.json()["error"]) == (409, "REQUEST_IN_PROGRESS") for r in refused)
    assert len(await owner.items("/api/clients")) == 1


async def test_the_same_key_of_two_people_is_two_keys(bank: Bank) -> None:
    made = [
        await (await bank.person()).post(ONBOARD, company(), **{"idempotency-key": "k"}),
        await (await bank.person()).post(ONBOARD, company(), **{"idempotency-key": "k"}),
    ]
    assert len({answer.json()["item"]["client"]["client_id"] for answer in made}) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"type": "trust"}, "type"),
        ({"country": "XX"}, "country"),
        ({"country": "Indonesia"}, "country"),
        ({"base_currency": "XXX"}, "base_currency"),
        ({"base_currency": "BTC"}, "base_currency"),
        ({"tax_id": 7}, "tax_id"),
        ({"client_id": "cli_x"}, "client_id"),
    ],
)
async def test_a_body_of_another_form_is_refused_by_field(bank: Bank, change: dict[str, object], field: str) -> None:
    owner, before = await bank.person(), await bank.rows()
    answer = await owner.post(ONBOARD, company(**change), **{"idempotency-key": "k"})
    assert fields_of(answer, 400, "VALIDATION_ERROR") == [field]
    assert await bank.rows() == before


async def test_nobody_without_a_token(bank: Bank) -> None:
    answer = await bank.http.post(ONBOARD, json=company())
    assert (answer.status_code, answer.json()["error"]) == (401, "UNAUTHENTICATED")


async def test_others_do_not_see_it(bank: Bank) -> None:
    party, stranger = await bank.party(), await bank.party()
    asked = [
        await stranger.owner.get(f"/api/clients/{party.owner.client}"),
        await stranger.owner.get(f"/api/wallets/{party.test['IDR']}"),
        await stranger.owner.get(f"/api/wallets?client_id={party.owner.client}"),
    ]
    assert {answer.status_code for answer in asked} == {404}
