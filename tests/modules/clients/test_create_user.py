from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.modules.house import Clock, House, error_of, field_of, open_house

from findigi.kernel.settings import load_settings

USERS = "/api/users"
GOOD = {"email": "dewi@example.com", "full_name": "Dewi Lestari", "role": "checker"}


@pytest.fixture
async def owner(house: House) -> str:
    """The token of a workspace's owner."""
    _, token, _ = await house.signed_up()
    await house.workspace(token)
    return token


async def test_creates_and_invites_a_new_person(house: House, owner: str) -> None:
    answer = await house.post(USERS, GOOD, token=owner)
    assert answer.status_code == 201
    item = answer.json()["item"]
    assert (item["email"], item["full_name"], item["role"], item["status"]) == (
        "dewi@example.com",
        "Dewi Lestari",
        "checker",
        "invited",
    )
    (mail,) = await house.mails("dewi@example.com")
    assert mail["link"] in mail["text"]


async def test_adds_an_existing_person_under_their_own_name(house: House, owner: str) -> None:
    email, token, user = await house.signed_up(name="Dewi the Real")
    item = (await house.post(USERS, GOOD | {"email": email}, token=owner)).json()["item"]
    assert (item["user_id"], item["full_name"], item["status"]) == (user["id"], "Dewi the Real", "active")
    assert len((await house.get("/api/auth/my-clients", token=token)).json()["items"]) == 1


async def test_a_member_is_a_conflict(house: House, owner: str) -> None:
    await house.post(USERS, GOOD, token=owner)
    assert error_of(await house.post(USERS, GOOD | {"role": "admin"}, token=owner), 409) == "CONFLICT"


async def test_the_same_key_acts_once(house: House, owner: str) -> None:
    first = await house.post(USERS, GOOD, token=owner, idempotency_key="one")
    again = await house.post(USERS, GOOD, token=owner, idempotency_key="one")
    assert (first.status_code, again.content) == (201, first.content)
    assert len(await house.mails("dewi@example.com")) == 1


async def test_it_needs_an_admin_and_an_owner_for_owners(house: House, owner: str) -> None:
    tokens: dict[str, str] = {}
    for role in ("maker", "admin"):
        email, tokens[role], _ = await house.signed_up()
        await house.post(USERS, GOOD | {"email": email, "role": role}, token=owner)
    assert error_of(await house.post(USERS, GOOD, token=tokens["maker"]), 403) == "FORBIDDEN"
    assert error_of(await house.post(USERS, GOOD | {"role": "owner"}, token=tokens["admin"]), 403) == "FORBIDDEN"
    assert (await house.post(USERS, GOOD, token=tokens["admin"])).status_code == 201


async def test_one_of_several_workspaces_must_be_named(house: House, owner: str) -> None:
    second = await house.workspace(owner, "Beta")
    assert error_of(await house.post(USERS, GOOD, token=owner), 400) == "CLIENT_REQUIRED"
    assert (await house.post(USERS, GOOD | {"client_id": second}, token=owner)).status_code == 201
    by_header = await house.post(USERS, GOOD | {"email": "b@example.com"}, token=owner, x_findigi_client_id=second)
    assert by_header.status_code == 201


async def test_another_workspace_is_not_found(house: House, owner: str) -> None:
    _, stranger, _ = await house.signed_up()
    foreign = await house.workspace(stranger)
    assert error_of(await house.post(USERS, GOOD | {"client_id": foreign}, token=owner), 404) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nonsense"), ("full_name", ""), ("full_name", "x" * 40_000), ("role", "none"), ("password", "x")],
)
async def test_a_bad_field_is_named(house: House, owner: str, field: str, value: object) -> None:
    assert field_of(await house.post(USERS, GOOD | {field: value}, token=owner)) == field


@pytest.mark.parametrize("field", ["email", "full_name", "role"])
async def test_a_missing_field_is_named(house: House, owner: str, field: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != field}
    assert field_of(await house.post(USERS, body, token=owner)) == field


async def test_nul_is_refused(house: House, owner: str) -> None:
    assert error_of(await house.post(USERS, GOOD | {"full_name": "a\x00b"}, token=owner), 400) == "VALIDATION_ERROR"


async def test_production_without_a_mail_server_makes_nobody(house: House, owner: str, dsn: str, clock: Clock) -> None:
    secret = house.runtime.settings.secret
    production = load_settings(environment="production", database_url=SecretStr(dsn), secret=secret)
    async with open_house(production, clock) as other:
        assert error_of(await other.post(USERS, GOOD, token=owner), 503) == "PROVIDER_NOT_CONFIGURED"
    async with house.runtime.database.reading() as tx:
        assert await tx.value("select count(*) from identity_user where email = $1", GOOD["email"]) == 0


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    assert error_of(await house.post(USERS, GOOD), 401) == "UNAUTHENTICATED"
