from __future__ import annotations

import pytest
from tests.modules.house import House, error_of, field_of

CLIENTS = "/api/clients"


async def test_pages_hold_every_workspace_once_newest_first(house: House) -> None:
    _, token, _ = await house.signed_up()
    made = [await house.workspace(token, f"Workspace {number}") for number in range(5)]
    found: list[str] = []
    cursor = ""
    for expected in (2, 2, 1):
        body = (await house.get(f"{CLIENTS}?limit=2{cursor}", token=token)).json()
        assert len(body["items"]) == expected
        found += [row["client_id"] for row in body["items"]]
        cursor = f"&cursor={body['next_cursor']}"
    assert body["next_cursor"] is None
    assert found == made[::-1]


async def test_shows_nobody_elses(house: House) -> None:
    _, token, _ = await house.signed_up()
    _, stranger, _ = await house.signed_up()
    await house.workspace(token)
    assert (await house.get(CLIENTS, token=stranger)).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyJub25zZW5zZSJd", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=" + "x" * 5000, "cursor"),
        ("cursor=a%00b", "cursor"),
        ("client_id=cli_x", "client_id"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_bad_parameter_is_named(house: House, query: str, field: str) -> None:
    _, token, _ = await house.signed_up()
    assert field_of(await house.get(f"{CLIENTS}?{query}", token=token)) == field


async def test_without_a_token_is_unauthenticated(house: House) -> None:
    assert error_of(await house.get(CLIENTS), 401) == "UNAUTHENTICATED"
