from __future__ import annotations

import pytest
from tests.modules.house import PASSWORD, House, error_of, field_of

GOOD = {"email": "alex@example.com", "password": PASSWORD, "full_name": "Alex Tan"}


async def test_gives_a_user_and_a_token_that_works(house: House) -> None:
    answer = await house.post("/api/auth/register", GOOD | {"phone": "+62 812-3456-7890", "country": "ID"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["ok"], body["token_type"], body["expires_in"]) == (True, "Bearer", 3600)
    assert body["user"]["phone"] == "+6281234567890"
    assert body["user"]["two_factor"] == {"enabled": False, "method": None}
    me = await house.get("/api/auth/me", token=body["access_token"])
    assert me.json()["item"]["id"] == body["user"]["id"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Alex@EXAMPLE.com ", "alex@example.com"),
        ("alex@Bücher.example", "alex@xn--bcher-kva.example"),
        ("a.b+c@findigi.local", "a.b+c@findigi.local"),
    ],
)
async def test_the_address_is_kept_in_one_form(house: House, written: str, kept: str) -> None:
    answer = await house.post("/api/auth/register", GOOD | {"email": written})
    assert answer.json()["user"]["email"] == kept
    again = await house.post("/api/auth/register", GOOD | {"email": kept})
    assert error_of(again, 409) == "CONFLICT"


async def test_a_taken_address_says_nothing_more(house: House) -> None:
    await house.signed_up(GOOD["email"], "Somebody Else")
    answer = await house.post("/api/auth/register", GOOD)
    assert error_of(answer, 409) == "CONFLICT"
    assert "Somebody" not in answer.text
    assert answer.json()["details"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no-at.example.com"),
        ("email", "a@localhost"),
        ("email", "a@b..com"),
        ("email", "a b@example.com"),
        ("email", "ä@example.com"),
        ("email", "a" * 65 + "@example.com"),
        ("email", "a@" + "b" * 64 + ".com"),
        ("email", "a@exa\nmple.com"),
        ("email", "x" * 40_000),
        ("email", 7),
        ("password", "short"),
        ("password", "x" * 40_000),
        ("password", "password123"),
        ("password", "PASSWORD123"),
        ("password", "qwertyuiop"),
        ("password", "abcabcabcabc"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "9876543210"),
        ("password", "alex@example.com"),
        ("password", "alextan123"),
        ("full_name", ""),
        ("full_name", "   "),
        ("full_name", "x" * 40_000),
        ("full_name", "Al\u0007ex"),
        ("full_name", "<b>Alex</b>"),
        ("phone", "0812"),
        ("phone", "+0812345678"),
        ("phone", "x" * 40_000),
        ("country", "XX"),
        ("country", "id"),
        ("admin", True),
    ],
)
async def test_a_bad_field_is_named(house: House, field: str, value: object) -> None:
    answer = await house.post("/api/auth/register", GOOD | {field: value})
    assert field_of(answer) == field
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("field", ["email", "password", "full_name"])
async def test_a_missing_field_is_named(house: House, field: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != field}
    assert field_of(await house.post("/api/auth/register", body)) == field


@pytest.mark.parametrize("field", ["email", "password", "full_name", "phone", "country"])
async def test_nul_is_refused(house: House, field: str) -> None:
    assert error_of(await house.post("/api/auth/register", GOOD | {field: "a\x00b"}), 400) == "VALIDATION_ERROR"


async def test_no_password_is_kept_in_clear(house: House) -> None:
    await house.signed_up(GOOD["email"])
    async with house.runtime.database.reading() as tx:
        stored = await tx.value("select password_hash from identity_user where email = $1", GOOD["email"])
    assert stored.startswith("$argon2id$")
