"""The assembled application: each declared path reaches its operation, and nothing under /api is a 500 or a page."""

from __future__ import annotations

import re

import httpx
import pytest

from findigi.main import ENDPOINTS

PATHS = sorted({endpoint.path for endpoint in ENDPOINTS})


@pytest.mark.parametrize("path", PATHS)
async def test_a_declared_path_reaches_its_operations(client: httpx.AsyncClient, path: str) -> None:
    allowed = {endpoint.method for endpoint in ENDPOINTS if endpoint.path == path}
    answer = await client.request("PUT", re.sub(r"\{\w+\}", "x", path))
    assert answer.status_code == 405, answer.text
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/clients/a/b/c"])
async def test_another_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.json()["error"] == "NOT_FOUND"


@pytest.mark.parametrize("value", ["x", "%00", "%2F", "a%20b", "%F0%9F%92%B8", "..", "x" * 5000])
async def test_no_parameter_is_a_fault_of_ours(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.get(f"/api/clients/{value}")
    assert answer.status_code in {401, 404}, answer.text
    assert answer.json()["error"] in {"UNAUTHENTICATED", "NOT_FOUND"}
