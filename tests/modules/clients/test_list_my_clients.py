from __future__ import annotations

from tests.modules.house import House, error_of

MINE = "/api/auth/my-clients"


async def test_lists_each_workspace_with_the_role(house: House) -> None:
    _, token, _ = await house.signed_up()
    email, other, _ = await house.signed_up()
    alpha = await house.workspace(token, "Alpha")
    own = await house.workspace(other, "Own")
    await house.post(f"/api/clients/{alpha}/users", {"email": email, "role": "checker"}, token=token)
    body = (await house.get(MINE, token=other)).json()
    assert [(row["client_id"], row["role"]) for row in body["items"]] == [(own, "owner"), (alpha, "checker")]
    assert body["items"][0] == {
        "client_id": own,
        "name": "Own",
        "type": "company",
        "role": "owner",
        "approval_mode": "off",
        "verification_status": "not_started",
        "modes": ["test", "live"],
    }


async def test_is_empty_for_somebody_new(house: House) -> None:
    _, token, _ = await house.signed_up()
    assert (await house.get(MINE, token=token)).json() == {"ok": True, "items": [], "next_cursor": None}


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    assert error_of(await house.get(MINE), 401) == "UNAUTHENTICATED"
