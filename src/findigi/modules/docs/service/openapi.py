"""The OpenAPI 3.1 document, made from the same declarations that serve the requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any

from findigi.kernel.answer import JSON
from findigi.kernel.http import Access, Endpoint, NoBody
from findigi.modules.docs.model import Module
from findigi.modules.docs.service.operations import (
    CLIENT_ID,
    IDEMPOTENCY_KEY,
    TEST_MODE,
    HeaderParameter,
    answer_data,
    headers_of,
    request_data,
)
from findigi.modules.docs.service.refusals import Documented, documented
from findigi.modules.docs.service.shapes import Json, Shapes, query_parameters, references

TITLE = "finDIGI Backend API"
SUMMARY = "Business accounts and crypto treasury behind one API."
ABOUT = """\
Wallets in many currencies, payouts, approvals, a double-entry ledger and a crypto treasury, for a company's own
software.

**Sign in** with `POST /api/auth/login` and send the token as `Authorization: Bearer <access_token>`.
**Test mode** is the header `x-findigi-is-test: true`; test and live data never mix.
**Money** is a decimal string in major units (`"1250.00"`), never a JSON number.
**Retries** are safe with an `Idempotency-Key`: the same key and body act once and get the same answer.
**Errors** have one shape; branch on `error`, which is stable, and not on `message`, which is for people.
"""

_HEADERS: dict[str, Json] = {
    "RequestId": {
        "description": "Names this request in the logs. A well-formed one that the caller sends is kept.",
        "schema": {"type": "string"},
    },
    "RateLimitLimit": {"description": "How many requests may come at once.", "schema": {"type": "integer"}},
    "RateLimitRemaining": {"description": "How many of them are left now.", "schema": {"type": "integer"}},
    "RateLimitReset": {"description": "Seconds until all of them are back.", "schema": {"type": "integer"}},
    "RetryAfter": {"description": "Seconds to wait before the request is repeated.", "schema": {"type": "integer"}},
    "IdempotentReplayed": {
        "description": "`true` when this is the recorded answer to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Authenticate": {"description": "The scheme that is asked for: `Bearer`.", "schema": {"type": "string"}},
}
_EVERY = {
    "X-Request-Id": "RequestId",
    "RateLimit-Limit": "RateLimitLimit",
    "RateLimit-Remaining": "RateLimitRemaining",
    "RateLimit-Reset": "RateLimitReset",
}
_BY_STATUS = {
    401: {"WWW-Authenticate": "Authenticate"},
    429: {"Retry-After": "RetryAfter"},
    503: {"Retry-After": "RetryAfter"},
}


def document_of(
    endpoints: Sequence[Endpoint],
    modules: Sequence[Module],
    shapes: Shapes,
    *,
    base_url: str,
    version: str,
    extensions: frozenset[str],
) -> Json:
    """The whole document as JSON data. `extensions` holds the operationIds that the specification does not list."""
    paths: Json = {}
    for endpoint in endpoints:
        entry = _operation(endpoint, shapes)
        if endpoint.name in extensions:
            entry["x-extension"] = True
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = entry
    document: Json = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": TITLE,
            "version": version,
            "summary": SUMMARY,
            "description": ABOUT,
            "contact": {"name": "FinDIGI developer portal", "url": base_url},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url, "description": "This instance. Test and live mode are told apart by a header."}],
        "tags": [{"name": module.name, "description": module.blurb} for module in modules],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of POST /api/auth/login. It ends with its session.",
                }
            },
            "headers": _HEADERS,
            "parameters": {
                header.component: _header_parameter(header) for header in (TEST_MODE, CLIENT_ID, IDEMPOTENCY_KEY)
            },
            "examples": _examples(endpoints),
            "schemas": shapes.components,
        },
    }
    _drop_unused(document)
    return document


def _operation(endpoint: Endpoint, shapes: Shapes) -> Json:
    entry: Json = {
        "operationId": endpoint.name,
        "tags": [endpoint.module],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "security": [] if endpoint.access is Access.PUBLIC else [{"bearer": []}],
    }
    parameters = _parameters(endpoint, shapes)
    if parameters:
        entry["parameters"] = parameters
    if endpoint.body is not NoBody:
        content = {"schema": shapes.of(endpoint.body), "example": request_data(endpoint)}
        entry["requestBody"] = {"required": True, "content": {JSON.decode(): content}}
    entry["responses"] = _responses(endpoint, shapes)
    entry["x-access"] = endpoint.access.value
    if endpoint.role is not None:
        entry["x-role"] = endpoint.role.name
    if endpoint.idempotent:
        entry["x-idempotent"] = True
    if endpoint.notes:
        entry["x-notes"] = list(endpoint.notes)
    return entry


def _description(endpoint: Endpoint) -> str:
    notes = "".join(f"\n- {note}" for note in endpoint.notes)
    return f"{endpoint.description}\n{notes}" if notes else endpoint.description


def _parameters(endpoint: Endpoint, shapes: Shapes) -> list[Json]:
    found: list[Json] = []
    for name, parameter in endpoint.path_parameters.items():
        schema: Json = {"type": "string"}
        if parameter.prefix:
            schema["pattern"] = f"^{parameter.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
        found.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": parameter.description,
                "schema": schema,
                "example": parameter.example,
            }
        )
    found.extend(query_parameters(shapes, endpoint.query))
    found.extend({"$ref": f"#/components/parameters/{header.component}"} for header in headers_of(endpoint))
    return found


def _header_parameter(header: HeaderParameter) -> Json:
    return {
        "name": header.name,
        "in": "header",
        "required": False,
        "description": header.description,
        "schema": header.schema,
        "example": header.example,
    }


def _responses(endpoint: Endpoint, shapes: Shapes) -> Json:
    found: Json = {}
    headers = _EVERY | ({"Idempotent-Replayed": "IdempotentReplayed"} if endpoint.idempotent else {})
    content = {endpoint.media: {"schema": shapes.of(endpoint.answer), "example": answer_data(endpoint)}}
    for status in sorted({endpoint.status, *endpoint.statuses}):
        found[str(status)] = {
            "description": _meaning(status),
            "headers": _header_references(headers),
            "content": content,
        }
    for status, rows in groupby(documented(endpoint), key=lambda row: row.kind.status):
        found[str(status)] = _refused(status, list(rows))
    return found


def _meaning(status: int) -> str:
    if status == HTTPStatus.CREATED:
        return "Created."
    if status == HTTPStatus.ACCEPTED:
        return "Accepted and not final yet: it waits for an approval or for somebody outside."
    return "Done."


def _refused(status: int, rows: list[Documented]) -> Json:
    examples: Json = {}
    for row in rows:
        name = row.kind.code if row.kind.code not in examples else row.name
        examples[name] = (
            {"$ref": f"#/components/examples/{row.name}"}
            if row.shared
            else {"summary": row.headline, "value": json.loads(row.body)}
        )
    listed = " ".join(f"`{row.kind.code}`: {row.kind.cause}" for row in rows)
    return {
        "description": listed,
        "headers": _header_references(_EVERY | _BY_STATUS.get(status, {})),
        "content": {JSON.decode(): {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}},
    }


def _header_references(names: dict[str, str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in names.items()}


def _examples(endpoints: Iterable[Endpoint]) -> Json:
    found: dict[str, Any] = {}
    for endpoint in endpoints:
        for row in documented(endpoint):
            if row.shared:
                found.setdefault(row.name, {"summary": row.headline, "value": json.loads(row.body)})
    return dict(sorted(found.items()))


def _drop_unused(document: Json) -> None:
    """Takes out components that nothing points to: the shapes of queries, and headers of operations not there."""
    components: Json = document["components"]
    schemas: Json = components["schemas"]
    used: set[str] = set()
    waiting = list(references(document["paths"]))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting.extend(references(schemas[name]))
    components["schemas"] = {name: schema for name, schema in sorted(schemas.items()) if name in used}
    text = json.dumps(document["paths"])
    for shelf in ("headers", "parameters", "examples"):
        components[shelf] = {
            name: part for name, part in components[shelf].items() if f'"#/components/{shelf}/{name}"' in text
        }
