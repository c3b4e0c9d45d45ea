from __future__ import annotations

import httpx


async def test_it_lists_every_operation_with_samples_and_errors(client: httpx.AsyncClient) -> None:
    manifest = (await client.get("/api/docs/manifest")).json()
    document = (await client.get("/api/openapi.json")).json()
    listed = {operation["id"]: operation for module in manifest["modules"] for operation in module["operations"]}
    documented = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert set(listed) == documented
    assert manifest["route_count"] == len(listed)
    for operation in listed.values():
        assert [sample["language"] for sample in operation["samples"]] == [
            "curl",
            "Python",
            "JavaScript",
            "Go",
            "PHP",
            "Java",
        ]
        assert {error["code"] for error in operation["errors"]} >= {"VALIDATION_ERROR", "RATE_LIMITED"}
        assert all(error["cause"] and error["fix"] for error in operation["errors"])


async def test_every_page_that_it_names_exists(client: httpx.AsyncClient) -> None:
    manifest = (await client.get("/api/docs/manifest")).json()
    pages = [page["href"] for part in ("navigation", "help_centre", "journeys") for page in manifest[part]]
    operations = [operation["href"] for module in manifest["modules"] for operation in module["operations"]]
    assert pages
    for href in [*pages, *operations]:
        assert (await client.get(href)).status_code == 200, href
