from __future__ import annotations

import httpx
from tests.modules.ledger.books import fund, post, posting
from tests.modules.ledger.conftest import OpenWorkspace

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.kernel.db import Database
from findigi.modules.ledger.model import Hold

PATH = "/api/ledger/accounts"


async def test_accounts_show_what_is_posted_held_and_available(
    http: httpx.AsyncClient, database: Database, workspace: OpenWorkspace
) -> None:
    own = await workspace(role=Role.viewer)
    await fund(database, own, "a", 1_250_050)
    hold = Hold(own.client_id, ids.new_id(), own.accounts["a"].id, ids.new_id(), 250_000)
    await post(database, posting(own.client_id, place=(hold,)))

    answer = await http.get(PATH, headers=own.headers)

    assert answer.status_code == 200
    items = {item["name"]: item for item in answer.json()["items"]}
    assert items["a"] == {
        "id": own.id("a"),
        "code": own.accounts["a"].code,
        "name": "a",
        "kind": "liability",
        "asset": "IDR",
        "status": "open",
        "balance": {"asset": "IDR", "posted": "12500.5", "held": "2500", "available": "10000.5"},
    }
    assert items["s"]["balance"] == {"asset": "SGD", "posted": "0", "held": "0", "available": "0"}
    assert set(items) == {"a", "b", "s"}


async def test_pages_follow_each_other_newest_first(http: httpx.AsyncClient, workspace: OpenWorkspace) -> None:
    own = await workspace(a="IDR", b="IDR", c="IDR", d="IDR", e="IDR")
    seen: list[str] = []
    cursor: str | None = None
    for size in (2, 2, 1):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get(PATH, params=query, headers=own.headers)).json()
        assert len(page["items"]) == size
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted((own.id(name) for name in own.accounts), reverse=True)  # ids sort by the time they were made
    assert cursor is None


async def test_the_asset_filter_keeps_one_asset_and_names_a_wrong_one(
    http: httpx.AsyncClient, workspace: OpenWorkspace
) -> None:
    own = await workspace()
    found = (await http.get(PATH, params={"asset": "SGD"}, headers=own.headers)).json()
    assert [item["name"] for item in found["items"]] == ["s"]
    wrong = await http.get(PATH, params={"asset": "XXX"}, headers=own.headers)
    assert wrong.status_code == 400
    assert wrong.json()["details"][0]["field"] == "asset"


async def test_other_workspaces_and_the_other_mode_stay_apart(
    http: httpx.AsyncClient, workspace: OpenWorkspace
) -> None:
    own, _ = await workspace(), await workspace()
    live = own.headers | {"x-findigi-is-test": "false"}
    assert (await http.get(PATH, headers=live)).json()["items"] == []
    shown = (await http.get(PATH, headers=own.headers)).json()["items"]
    assert {item["id"] for item in shown} == {own.id(name) for name in own.accounts}


async def test_a_cursor_of_another_list_is_refused(http: httpx.AsyncClient, workspace: OpenWorkspace) -> None:
    own = await workspace()
    for cursor in ("nonsense", "WyJ4Il0", "WzFd"):
        answer = await http.get(PATH, params={"cursor": cursor}, headers=own.headers)
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "cursor")


async def test_a_stranger_is_not_let_in(http: httpx.AsyncClient) -> None:
    assert (await http.get(PATH)).status_code == 401
