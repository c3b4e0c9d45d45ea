from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.modules.house import Clock, House, error_of, field_of, open_house

from findigi.kernel.settings import load_settings

MAILBOX = "/api/sandbox/mailbox"


async def ask_for_links(house: House, email: str, count: int) -> None:
    for _ in range(count):
        await house.post("/api/auth/forgot-password", {"email": email})
    await house.work_off()


async def test_shows_the_mails_of_an_address_newest_first(house: House) -> None:
    email, _, user = await house.signed_up()
    other, _, _ = await house.signed_up()
    await ask_for_links(house, other, 1)
    await ask_for_links(house, email, 1)
    await house.two_factor(user)
    await house.challenge(email)
    code, link = await house.mails(f" {email.upper()}")
    assert set(code) == {"id", "to", "subject", "text", "code", "link", "at"}
    assert code["id"].startswith("mail_")
    assert (code["to"], len(code["code"]), code["link"]) == (email, 6, None)
    assert (link["to"], link["code"]) == (email, None)
    assert code["at"].endswith("Z")
    everybody = await house.get(MAILBOX)
    assert {mail["to"] for mail in everybody.json()["items"]} == {email, other}


@pytest.mark.parametrize("narrow", [True, False])
async def test_pages_hold_every_mail_once(house: House, narrow: bool) -> None:
    email, _, _ = await house.signed_up()
    await ask_for_links(house, email, 5)
    found: list[str] = []
    cursor = f"&address={email}" if narrow else ""
    for expected in (2, 2, 1):
        body = (await house.get(f"{MAILBOX}?limit=2{cursor}")).json()
        assert len(body["items"]) == expected
        found += [mail["id"] for mail in body["items"]]
        cursor = (f"&address={email}" if narrow else "") + f"&cursor={body['next_cursor']}"
    assert body["next_cursor"] is None
    assert found == sorted(set(found), reverse=True)


async def test_it_is_in_test_mode_only(house: House) -> None:
    assert field_of(await house.get(MAILBOX, x_findigi_is_test="false")) == "x-findigi-is-test"
    assert field_of(await house.http.get(MAILBOX)) == "x-findigi-is-test"


async def test_production_has_none(dsn: str, clock: Clock) -> None:
    production = load_settings(environment="production", database_url=SecretStr(dsn), secret=SecretStr("s" * 40))
    async with open_house(production, clock) as house:
        assert error_of(await house.get(MAILBOX), 404) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyJ4Il0", "cursor"),
        ("address=" + "x" * 5000, "address"),
        ("address=a%00b", "address"),
        ("to=x", "to"),
    ],
)
async def test_a_bad_parameter_is_named(house: House, query: str, field: str) -> None:
    assert field_of(await house.get(f"{MAILBOX}?{query}")) == field
