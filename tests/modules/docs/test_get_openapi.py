from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource

from findigi import __version__

PATH = "/api/openapi.json"
REGISTRY: Any = Registry


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(PATH)
    assert answer.status_code == 200
    return answer.json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with the value; references are looked up in the whole document."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    registry = REGISTRY().with_resource("urn:document", Resource.from_contents({**dialect, **document}))
    text = json.dumps(schema).replace('"#/', '"urn:document#/')
    check: Any = Draft202012Validator(json.loads(text), registry=registry)
    return [f"{fault.json_path} {fault.message}" for fault in check.iter_errors(value)]


async def test_the_document_is_valid_and_is_this_api(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "finDIGI Backend API"
    assert document["info"]["version"] == __version__


async def test_every_served_operation_is_in_it_and_nothing_else(document: dict[str, Any]) -> None:
    from findigi.main import ENDPOINTS  # noqa: PLC0415 -- as conftest: other tests run while it does not import

    served = {(f"{endpoint.method} {endpoint.path}", endpoint.name) for endpoint in ENDPOINTS}
    assert {(place, operation["operationId"]) for place, operation in operations(document)} == served


async def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    looked_at = 0
    for place, operation in operations(document):
        contents = [
            *(resolved(document, answer).get("content", {}) for answer in operation["responses"].values()),
            operation.get("requestBody", {}).get("content", {}),
        ]
        for content in contents:
            for media, entry in content.items():
                if media != "application/json":
                    continue
                examples = [resolved(document, one)["value"] for one in entry.get("examples", {}).values()]
                for example in [*examples, *([entry["example"]] if "example" in entry else [])]:
                    assert faults(document, entry["schema"], example) == [], place
                    looked_at += 1
    assert looked_at > 5 * len(document["paths"])


async def test_every_example_of_a_parameter_fits_its_schema(document: dict[str, Any]) -> None:
    looked_at = 0
    for place, operation in operations(document):
        for parameter in (resolved(document, one) for one in operation.get("parameters", [])):
            if "example" in parameter:
                found = faults(document, parameter["schema"], parameter["example"])
                assert found == [], f"{place} {parameter['name']}"
                looked_at += 1
    assert looked_at > 0


async def test_operations_beyond_the_specification_are_marked(document: dict[str, Any]) -> None:
    extensions = {place for place, operation in operations(document) if operation.get("x-extension")}
    assert "GET /api/sandbox/mailbox" in extensions
    assert "POST /api/auth/login" not in extensions
    assert "GET /api/docs/health" not in extensions


async def test_security_is_said_for_each_operation(document: dict[str, Any]) -> None:
    secured = {place: bool(operation["security"]) for place, operation in operations(document)}
    assert secured["POST /api/auth/login"] is False
    assert secured["GET /api/auth/me"] is True
    for _, operation in operations(document):
        assert ("401" in operation["responses"]) >= bool(operation["security"])


async def test_answers_promise_the_fields_that_they_always_carry(document: dict[str, Any]) -> None:
    health = document["components"]["schemas"]["DocsHealth"]
    assert set(health["required"]) == set(health["properties"])


async def test_an_unchanged_document_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get(PATH, headers={"accept-encoding": "identity"})
    again = await client.get(PATH, headers={"accept-encoding": "identity", "if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    stale = await client.get(PATH, headers={"accept-encoding": "identity", "if-none-match": '"other"'})
    assert stale.status_code == 200


async def test_it_is_packed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    plain = await client.get(PATH, headers={"accept-encoding": "identity"})
    packed = await client.get(PATH, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_an_unknown_query_parameter_is_refused_as_documented(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}?colour=blue")
    document = (await client.get(PATH)).json()
    operation = document["paths"][PATH]["get"]
    documented = operation["responses"]["400"]["content"]["application/json"]["examples"]["VALIDATION_ERROR"]["value"]
    assert answer.status_code == 400
    assert {**answer.json(), "request_id": ""} == {**documented, "request_id": ""}
