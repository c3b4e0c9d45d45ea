from __future__ import annotations

import asyncio

import pytest
from tests.modules.house import House, error_of, field_of

CLIENTS = "/api/clients"
GOOD = {"name": "Alpha Trading", "type": "company", "country": "ID", "base_currency": "IDR"}


async def test_makes_a_workspace_that_the_caller_owns(house: House) -> None:
    _, token, _ = await house.signed_up()
    body = GOOD | {
        "registration_number": " 9120304958671 ",
        "tax_id": "01.234.567.8-901.000",
        "name": " Alpha  Trading",
    }
    answer = await house.post(CLIENTS, body, token=token)
    assert answer.status_code == 201
    item = answer.json()["item"]
    assert item["client_id"].startswith("cli_")
    assert (item["name"], item["registration_number"], item["role"]) == ("Alpha Trading", "9120304958671", "owner")
    assert (item["status"], item["onboarded_at"]) == ("created", None)
    assert (item["approval_mode"], item["verification_status"]) == ("off", "not_started")
    shown = await house.get(f"{CLIENTS}/{item['client_id']}", token=token)
    assert shown.json()["item"] == item


async def test_the_same_key_makes_one(house: House) -> None:
    _, token, _ = await house.signed_up()
    first = await house.post(CLIENTS, GOOD, token=token, idempotency_key="one")
    again = await house.post(CLIENTS, GOOD, token=token, idempotency_key="one")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = await house.post(CLIENTS, GOOD | {"name": "Beta"}, token=token, idempotency_key="one")
    assert error_of(other, 422) == "IDEMPOTENCY_KEY_REUSED"
    assert (await house.get("/api/auth/me", token=token)).json()["item"]["workspaces_count"] == 1


async def test_the_same_key_many_times_at_once_makes_one(house: House) -> None:
    _, token, _ = await house.signed_up()
    answers = await asyncio.gather(*(house.post(CLIENTS, GOOD, token=token, idempotency_key="one") for _ in range(6)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} <= {"REQUEST_IN_PROGRESS"}
    assert (await house.get("/api/auth/me", token=token)).json()["item"]["workspaces_count"] == 1


async def test_keys_of_two_people_are_two(house: House) -> None:
    tokens = [(await house.signed_up())[1] for _ in range(2)]
    made = [(await house.post(CLIENTS, GOOD, token=token, idempotency_key="one")).json()["item"] for token in tokens]
    assert made[0]["client_id"] != made[1]["client_id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 40_000),
        ("name", "Al\u0007pha"),
        ("type", "charity"),
        ("country", "XX"),
        ("country", "x" * 40_000),
        ("base_currency", "XYZ"),
        ("base_currency", "USDT"),
        ("base_currency", "idr"),
        ("registration_number", "x" * 65),
        ("tax_id", ""),
        ("tax_id", "x" * 40_000),
        ("client_id", "cli_01k8m3v9fke5w8d0q6n4rjc7ta"),
    ],
)
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    _, token, _ = await house.signed_up()
    assert field_of(await house.post(CLIENTS, GOOD | {field: value}, token=token)) == field


@pytest.mark.parametrize("field", ["name", "type", "country", "base_currency"])
async def test_a_missing_field_is_named(house: House, field: str) -> None:
    _, token, _ = await house.signed_up()
    body = {name: value for name, value in GOOD.items() if name != field}
    assert field_of(await house.post(CLIENTS, body, token=token)) == field


async def test_nul_is_refused(house: House) -> None:
    _, token, _ = await house.signed_up()
    answer = await house.post(CLIENTS, GOOD | {"name": "a\x00b"}, token=token)
    assert error_of(answer, 400) == "VALIDATION_ERROR"


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    assert error_of(await house.post(CLIENTS, GOOD), 401) == "UNAUTHENTICATED"
