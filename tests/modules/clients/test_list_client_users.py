from __future__ import annotations

import pytest
from tests.modules.house import House, error_of, field_of


async def test_pages_hold_every_member_once_newest_first(house: House) -> None:
    owner_email, token, _ = await house.signed_up()
    path = f"/api/clients/{await house.workspace(token)}/users"
    emails = [owner_email]
    for number in range(4):
        body = {"email": f"member{number}@example.com", "full_name": f"Member {number}", "role": "maker"}
        assert (await house.post(path, body, token=token)).status_code == 201
        emails.append(body["email"])
        if number % 2:
            house.clock.forward(seconds=1)  # some were added in the same millisecond, some were not
    found: list[str] = []
    cursor = ""
    for expected in (2, 2, 1):
        body = (await house.get(f"{path}?limit=2{cursor}", token=token)).json()
        assert len(body["items"]) == expected
        found += [row["email"] for row in body["items"]]
        cursor = f"&cursor={body['next_cursor']}"
    assert body["next_cursor"] is None
    assert sorted(found) == sorted(emails)
    assert found[-1] == owner_email


async def test_shows_name_role_and_open_invitations(house: House) -> None:
    email, token, user = await house.signed_up(name="Alex Tan")
    path = f"/api/clients/{await house.workspace(token)}/users"
    house.clock.forward(seconds=1)
    await house.post(path, {"email": "dewi@example.com", "full_name": "Dewi", "role": "checker"}, token=token)
    dewi, alex = (await house.get(path, token=token)).json()["items"]
    assert (dewi["email"], dewi["role"], dewi["status"]) == ("dewi@example.com", "checker", "invited")
    assert alex == {
        "user_id": user["id"],
        "email": email,
        "full_name": "Alex Tan",
        "role": "owner",
        "status": "active",
        "added_at": alex["added_at"],
    }


async def test_a_viewer_may_and_a_stranger_may_not(house: House) -> None:
    _, token, _ = await house.signed_up()
    email, viewer, _ = await house.signed_up()
    _, stranger, _ = await house.signed_up()
    path = f"/api/clients/{await house.workspace(token)}/users"
    await house.post(path, {"email": email, "role": "viewer"}, token=token)
    assert (await house.get(path, token=viewer)).status_code == 200
    assert error_of(await house.get(path, token=stranger), 404) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("cursor=WyJhIl0", "cursor"),
        ("cursor=WzEsIngiXQ", "cursor"),
        ("cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTksIjAxYTIwOGRmYzQzYzA3ZmVmODRjZDJhZDc4N2U1MWQ4Il0", "cursor"),
        ("role=owner", "role"),
    ],
)
async def test_a_bad_parameter_is_named(house: House, query: str, field: str) -> None:
    _, token, _ = await house.signed_up()
    path = f"/api/clients/{await house.workspace(token)}/users"
    assert field_of(await house.get(f"{path}?{query}", token=token)) == field


async def test_two_names_for_the_workspace_are_refused(house: House) -> None:
    _, token, _ = await house.signed_up()
    first, second = await house.workspace(token), await house.workspace(token)
    answer = await house.get(f"/api/clients/{first}/users?client_id={second}", token=token)
    assert field_of(answer) == "client_id"


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    answer = await house.get("/api/clients/cli_01k8m3v9fke5w8d0q6n4rjc7ta/users")
    assert error_of(answer, 401) == "UNAUTHENTICATED"
