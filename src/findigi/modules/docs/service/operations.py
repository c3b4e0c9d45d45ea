"""From an endpoint's declaration to the operation that pages show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlencode

import msgspec

from findigi.kernel.answer import JSON
from findigi.kernel.http import Access, Endpoint, NoBody, NoQuery
from findigi.kernel.http.inputs import meta_of
from findigi.modules.docs.model import AnswerExample, ErrorRow, Operation, Parameter
from findigi.modules.docs.service.refusals import documented
from findigi.modules.docs.service.samples import BEARER, NEW_KEY, Request, pretty, samples_of
from findigi.modules.docs.service.shapes import Shapes

TEST_HEADER = "x-findigi-is-test"
CLIENT_HEADER = "x-findigi-client-id"
KEY_HEADER = "Idempotency-Key"
SANDBOX = "Sandbox"


@dataclass(frozen=True, slots=True)
class HeaderParameter:
    """A header that operations take, once for the pages and the OpenAPI document."""

    name: str
    component: str
    description: str
    schema: dict[str, Any]
    example: str
    type: str


TEST_MODE = HeaderParameter(
    TEST_HEADER,
    "TestMode",
    "`true` works on test data, anything else on live data. The two never mix: what belongs to one mode does not "
    "exist in the other.",
    {"type": "string", "enum": ["true", "false"], "default": "false"},
    "true",
    "one of true, false",
)
CLIENT_ID = HeaderParameter(
    CLIENT_HEADER,
    "ClientId",
    "The workspace, for those who would rather not repeat `client_id` in each query and body. If both are sent, "
    "they must name the same workspace.",
    {"type": "string"},
    "cli_01k8m3v9fke5w8d0q6n4rjc7ta",
    "string",
)
IDEMPOTENCY_KEY = HeaderParameter(
    KEY_HEADER,
    "IdempotencyKey",
    "A new value for each new request, such as a UUID. If the request is repeated with the same key and body, the "
    "first answer comes again and nothing is done twice. Keys are kept for 30 days.",
    {"type": "string", "minLength": 1, "maxLength": 255},
    "0190f3c2-a4b8-7d10-b6c1-f2e3d4a59687",
    "string, 1 to 255 characters",
)


def headers_of(endpoint: Endpoint) -> tuple[HeaderParameter, ...]:
    """The header parameters of an endpoint besides Authorization."""
    return (
        *((TEST_MODE,) if _has_modes(endpoint) else ()),
        *((CLIENT_ID,) if endpoint.access is Access.WORKSPACE and not endpoint.client_in else ()),
        *((IDEMPOTENCY_KEY,) if endpoint.idempotent else ()),
    )


def _has_modes(endpoint: Endpoint) -> bool:
    """True where the mode matters: for everybody who is signed in, and for the sandbox, which is test mode only."""
    return endpoint.access is not Access.PUBLIC or endpoint.module == SANDBOX


def operation_of(endpoint: Endpoint, slug: str, shapes: Shapes, *, base_url: str, extension: bool) -> Operation:
    """Everything that the operation's page and its Markdown show."""
    request = request_data(endpoint)
    return Operation(
        method=endpoint.method,
        path=endpoint.path,
        id=endpoint.name,
        module=endpoint.module,
        module_slug=slug,
        summary=endpoint.summary,
        description=endpoint.description,
        access=endpoint.access.value,
        role=endpoint.role.name if endpoint.role is not None else None,
        idempotent=endpoint.idempotent,
        extension=extension,
        parameters=_parameters(endpoint, shapes),
        fields=shapes.rows(endpoint.answer, "answer") if endpoint.media.encode() == JSON else (),
        request="" if request is None else pretty(request),
        answers=tuple(
            AnswerExample(status, endpoint.media, answer_text(endpoint))
            for status in (endpoint.status, *endpoint.statuses)
        ),
        errors=tuple(
            ErrorRow(row.kind.status, row.kind.code, row.kind.cause, row.kind.fix, pretty(json.loads(row.body)))
            for row in documented(endpoint)
        ),
        notes=endpoint.notes,
        samples=samples_of(
            Request(endpoint.method, base_url + example_address(endpoint), _sample_headers(endpoint), request)
        ),
    )


def request_data(endpoint: Endpoint) -> object:
    """The example body as JSON data, fields that are left out left out; None where no body is taken."""
    if endpoint.body is NoBody:
        return None
    return msgspec.json.decode(msgspec.json.encode(_as_sent(endpoint.example.request)))


def answer_data(endpoint: Endpoint) -> object:
    """The example answer as JSON data, or as text where the operation answers something else than JSON."""
    answer = endpoint.example.answer
    if endpoint.media.encode() != JSON and isinstance(answer, str | bytes):
        return answer if isinstance(answer, str) else answer.decode()
    return msgspec.json.decode(msgspec.json.encode(answer))


def answer_text(endpoint: Endpoint) -> str:
    """The example answer as it looks on the wire, JSON indented."""
    data = answer_data(endpoint)
    return data if endpoint.media.encode() != JSON and isinstance(data, str) else pretty(data)


def example_address(endpoint: Endpoint) -> str:
    """The path with its example values, and those query parameters that must be there."""
    path = endpoint.path
    for name, parameter in endpoint.path_parameters.items():
        path = path.replace("{" + name + "}", quote(parameter.example, safe=""))
    query = required_query(endpoint)
    return f"{path}?{urlencode(query)}" if query else path


def required_query(endpoint: Endpoint) -> dict[str, str]:
    """The query parameters without a default, each with its example."""
    if endpoint.query is NoQuery:
        return {}
    meta = meta_of(endpoint.query)
    found: dict[str, str] = {}
    for field in msgspec.structs.fields(endpoint.query):
        known = meta.get(field.name)
        if field.required and known is not None and known.examples:
            found[field.encode_name] = str(known.examples[0])
    return found


def _sample_headers(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    return (
        *((("Authorization", BEARER),) if endpoint.access is not Access.PUBLIC else ()),
        *(((TEST_HEADER, "true"),) if _has_modes(endpoint) else ()),
        *(((KEY_HEADER, NEW_KEY),) if endpoint.idempotent else ()),
    )


def _parameters(endpoint: Endpoint, shapes: Shapes) -> tuple[Parameter, ...]:
    rows: list[Parameter] = []
    if endpoint.access is not Access.PUBLIC:
        text = "`Bearer` and the access token that a sign-in gives."
        rows.append(Parameter("header", "Authorization", "string", True, text, "Bearer <access_token>"))
    rows.extend(
        Parameter("header", header.name, header.type, False, header.description, header.example)
        for header in headers_of(endpoint)
    )
    for name, parameter in endpoint.path_parameters.items():
        kind = f"id, begins with {parameter.prefix}_" if parameter.prefix else "string"
        rows.append(Parameter("path", name, kind, True, parameter.description, parameter.example))
    if endpoint.query is not NoQuery:
        rows.extend(shapes.rows(endpoint.query, "query"))
    if endpoint.body is not NoBody:
        rows.extend(shapes.rows(endpoint.body, "body"))
    return tuple(rows)


def _as_sent(value: object) -> object:
    """The value without what a caller would leave out: nulls, and fields of a shape that have their default."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        parts = {field.encode_name: getattr(value, field.name) for field in fields if not _is_default(value, field)}
        return {key: _as_sent(part) for key, part in parts.items()}
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: _as_sent(part) for key, part in items if part is not None}
    if isinstance(value, list | tuple):
        return [_as_sent(part) for part in cast("list[object]", value)]
    return value


def _is_default(value: msgspec.Struct, field: msgspec.structs.FieldInfo) -> bool:
    if field.default is not msgspec.NODEFAULT:
        return bool(getattr(value, field.name) == field.default)
    return field.default_factory is not msgspec.NODEFAULT and not getattr(value, field.name)
