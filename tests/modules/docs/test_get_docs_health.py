from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx


async def test_counts_are_those_of_the_document(client: httpx.AsyncClient) -> None:
    health = (await client.get("/api/docs/health")).json()
    document = (await client.get("/api/openapi.json")).json()
    assert health["openapi_paths"] == len(document["paths"])
    assert health["route_count"] == sum(len(methods) for methods in document["paths"].values())
    assert health["module_count"] == len(document["tags"])
    assert health["openapi_url"] == f"{health['sandbox_base_url']}/api/openapi.json"


async def test_what_is_served_is_documented_rightly(client: httpx.AsyncClient) -> None:
    health = (await client.get("/api/docs/health")).json()
    for name, check in health["checks"].items():
        if name != "coverage":
            assert check["failures"] == [], name
            assert check["ok"], name
    assert health["ok"] is True


async def test_status_follows_coverage(client: httpx.AsyncClient) -> None:
    health = (await client.get("/api/docs/health")).json()
    coverage = health["checks"]["coverage"]
    assert coverage["total"] == 133
    assert coverage["total"] - coverage["passed"] == len(coverage["failures"])
    assert health["status"] == ("healthy" if coverage["ok"] else "incomplete")


async def test_it_says_when_it_was_made(client: httpx.AsyncClient) -> None:
    health = (await client.get("/api/docs/health")).json()
    made = datetime.fromisoformat(health["generated_at"])
    assert timedelta(0) <= datetime.now(UTC) - made < timedelta(hours=1)
