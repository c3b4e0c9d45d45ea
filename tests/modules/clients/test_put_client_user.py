from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.house import House, error_of, field_of

from findigi.kernel import ids


class Place:
    """A workspace and its owner."""

    def __init__(self, house: House, token: str, user: dict[str, Any], client_id: str) -> None:
        self.house = house
        self.token = token
        self.user = user
        self.client_id = client_id

    async def put(self, role: str, *, token: str = "", key: str = "", **who: Any) -> Any:
        path = f"/api/clients/{self.client_id}/users"
        headers = {"idempotency_key": key} if key else {}
        return await self.house.post(path, who | {"role": role}, token=token or self.token, **headers)

    async def member(self, role: str) -> tuple[str, str, str]:
        """A new member: address, token, user id."""
        email, token, user = await self.house.signed_up()
        assert (await self.put(role, email=email)).status_code == 201
        return email, token, user["id"]

    async def roles(self) -> dict[str, str]:
        items = (await self.house.get(f"/api/clients/{self.client_id}/users", token=self.token)).json()["items"]
        return {row["email"]: row["role"] for row in items}


@pytest.fixture
async def place(house: House) -> Place:
    _, token, user = await house.signed_up()
    return Place(house, token, user, await house.workspace(token))


async def test_adds_a_user_by_address(place: Place) -> None:
    email, token, user = await place.house.signed_up()
    assert error_of(await place.house.get(f"/api/clients/{place.client_id}", token=token), 404) == "NOT_FOUND"
    answer = await place.put("maker", email=f" {email.upper()} ")
    assert answer.status_code == 201
    item = answer.json()["item"]
    assert (item["user_id"], item["role"], item["status"]) == (user["id"], "maker", "active")
    shown = await place.house.get(f"/api/clients/{place.client_id}", token=token)
    assert shown.json()["item"]["role"] == "maker"
    assert await place.house.mails(email) == []


async def test_adds_a_user_by_id(place: Place) -> None:
    email, _, user = await place.house.signed_up()
    assert (await place.put("viewer", user_id=user["id"])).status_code == 201
    assert (await place.roles())[email] == "viewer"


async def test_invites_an_unknown_address(place: Place) -> None:
    answer = await place.put("checker", email="dewi@example.com", full_name="Dewi Lestari")
    assert answer.status_code == 201
    assert (answer.json()["item"]["status"], answer.json()["item"]["full_name"]) == ("invited", "Dewi Lestari")
    (mail,) = await place.house.mails("dewi@example.com")
    assert "Alpha Trading" in mail["subject"]
    assert "/reset-password?token=" in mail["link"]


async def test_changes_a_role_at_once(place: Place) -> None:
    email, token, user_id = await place.member("viewer")
    assert error_of(await place.put("viewer", token=token, email="x@example.com"), 403) == "FORBIDDEN"
    answer = await place.put("admin", user_id=user_id)
    assert (answer.status_code, answer.json()["item"]["role"]) == (200, "admin")
    assert (await place.put("viewer", token=token, email="x@example.com")).status_code == 201
    assert (await place.roles())[email] == "admin"


async def test_removes_at_once(place: Place) -> None:
    email, token, _ = await place.member("maker")
    assert (await place.house.get(f"/api/clients/{place.client_id}", token=token)).status_code == 200
    answer = await place.put("none", email=email)
    item = answer.json()["item"]
    assert (answer.status_code, item["role"], item["status"]) == (200, None, "removed")
    assert error_of(await place.house.get(f"/api/clients/{place.client_id}", token=token), 404) == "NOT_FOUND"
    assert email not in await place.roles()
    assert (await place.house.get("/api/auth/my-clients", token=token)).json()["items"] == []


@pytest.mark.parametrize("role", ["admin", "none"])
async def test_the_last_owner_stays(place: Place, role: str) -> None:
    assert error_of(await place.put(role, user_id=place.user["id"]), 409) == "INVALID_STATE"
    assert (await place.roles())[place.user["email"]] == "owner"


async def test_with_a_second_owner_the_first_may_go(place: Place) -> None:
    _, token, _ = await place.member("owner")
    assert (await place.put("none", user_id=place.user["id"])).status_code == 200
    assert error_of(await place.put("viewer", email="x@example.com"), 404) == "NOT_FOUND"
    assert (await place.put("viewer", token=token, email="x@example.com")).status_code == 201


async def test_owners_who_demote_each_other_at_once_leave_one(place: Place) -> None:
    _, token, user_id = await place.member("owner")
    answers = await asyncio.gather(
        place.put("viewer", user_id=user_id), place.put("viewer", token=token, user_id=place.user["id"])
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with place.house.runtime.database.reading() as tx:
        client_id = ids.parse(ids.CLIENT, place.client_id)
        sql = "select count(*) from membership where client_id = $1 and role = 'owner'"
        assert await tx.value(sql, client_id) == 1


async def test_owners_who_leave_at_once_leave_one(place: Place) -> None:
    members = [(place.token, place.user["id"])]
    for _ in range(3):
        _, token, user_id = await place.member("owner")
        members.append((token, user_id))
    answers = await asyncio.gather(*(place.put("none", token=token, user_id=who) for token, who in members))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]


async def test_only_owners_touch_owners(place: Place) -> None:
    _, admin, admin_id = await place.member("admin")
    _, _, owner_id = await place.member("owner")
    email, _, _ = await place.house.signed_up()
    for attempt in (
        place.put("owner", token=admin, email=email),
        place.put("owner", token=admin, user_id=admin_id),
        place.put("viewer", token=admin, user_id=owner_id),
        place.put("none", token=admin, user_id=owner_id),
    ):
        assert error_of(await attempt, 403) == "FORBIDDEN"
    assert (await place.put("admin", token=admin, email=email)).status_code == 201


@pytest.mark.parametrize("role", ["maker", "checker", "viewer"])
async def test_it_needs_an_admin(place: Place, role: str) -> None:
    _, token, _ = await place.member(role)
    assert error_of(await place.put("viewer", token=token, email="x@example.com"), 403) == "FORBIDDEN"


async def test_a_stranger_finds_nothing(place: Place) -> None:
    _, stranger, _ = await place.house.signed_up()
    assert error_of(await place.put("owner", token=stranger, email="x@example.com"), 404) == "NOT_FOUND"


async def test_an_unknown_user_or_member_is_not_found(place: Place) -> None:
    unknown = ids.to_text(ids.USER, ids.new_id())
    assert error_of(await place.put("viewer", user_id=unknown), 404) == "NOT_FOUND"
    assert error_of(await place.put("viewer", user_id="usr_nonsense"), 404) == "NOT_FOUND"
    assert error_of(await place.put("none", email="nobody@example.com"), 404) == "NOT_FOUND"
    email, _, _ = await place.house.signed_up()
    assert error_of(await place.put("none", email=email), 404) == "NOT_FOUND"


async def test_the_same_key_acts_once(place: Place) -> None:
    first = await place.put("viewer", email="dewi@example.com", key="one")
    again = await place.put("viewer", email="dewi@example.com", key="one")
    assert (first.status_code, again.content) == (201, first.content)
    assert len(await place.house.mails("dewi@example.com")) == 1
    other = await place.put("maker", email="dewi@example.com", key="one")
    assert error_of(other, 422) == "IDEMPOTENCY_KEY_REUSED"


async def test_the_same_address_added_at_once_is_one_person(place: Place) -> None:
    answers = await asyncio.gather(*(place.put("viewer", email="dewi@example.com") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await place.house.mails("dewi@example.com")) == 1


async def test_the_same_address_added_to_two_workspaces_at_once_is_one_person(place: Place) -> None:
    second = Place(place.house, place.token, place.user, await place.house.workspace(place.token, "Beta"))
    answers = await asyncio.gather(*(each.put("viewer", email="dewi@example.com") for each in (place, second)))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["item"]["user_id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "god"),
        ("role", None),
        ("email", "nonsense"),
        ("email", "x" * 40_000),
        ("full_name", "a\u0007b"),
        ("full_name", "x" * 40_000),
        ("password", "x"),
    ],
)
async def test_a_bad_field_is_named(place: Place, field: str, value: object) -> None:
    body = {"email": "dewi@example.com", "full_name": "Dewi", "role": "viewer"} | {field: value}
    assert field_of(await place.house.post(f"/api/clients/{place.client_id}/users", body, token=place.token)) == field


async def test_one_name_for_the_person_is_needed(place: Place) -> None:
    for who in ({}, {"email": "dewi@example.com", "user_id": place.user["id"]}):
        assert field_of(await place.put("viewer", **who)) == "email"


async def test_nul_is_refused(place: Place) -> None:
    assert error_of(await place.put("viewer", email="a\x00@example.com"), 400) == "VALIDATION_ERROR"


async def test_without_a_token_is_unauthenticated(place: Place) -> None:
    answer = await place.house.post(f"/api/clients/{place.client_id}/users", {"role": "viewer"})
    assert error_of(answer, 401) == "UNAUTHENTICATED"
