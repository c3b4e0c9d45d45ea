"""Which refusals an operation may give: those it declares and those that its kind brings with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from findigi.kernel.errors import (
    ClientRequired,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Refusal,
    RequestInProgress,
    ServiceUnavailable,
    TokenExpired,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
    render,
)
from findigi.kernel.http import Access, Endpoint, NoBody
from findigi.kernel.http.inputs import decode_body, decode_query

REQUEST_ID = "req_0190f3c2a4b87d10b6c1f2e3d4a59687"
"""The request id of every example, so that the same document gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Documented:
    """A refusal class of an operation with its name among the document's examples and an answer in bytes."""

    kind: type[Refusal]
    name: str
    body: bytes
    shared: bool

    @property
    def headline(self) -> str:
        """The cause in one line, for a summary."""
        return self.kind.cause


def implied(endpoint: Endpoint) -> Iterator[type[Refusal]]:
    """What the dispatcher itself may answer for this kind of endpoint, in the order of its checks."""
    yield ValidationFailed
    if endpoint.access is not Access.PUBLIC:
        yield Unauthenticated
        yield TokenExpired
    if endpoint.access is Access.WORKSPACE:
        if not endpoint.client_in:
            yield ClientRequired
        yield NotFound
    elif any(parameter.prefix for parameter in endpoint.path_parameters.values()):
        yield NotFound
    if endpoint.role is not None:
        yield Forbidden
    if endpoint.idempotent:
        yield RequestInProgress
        yield IdempotencyKeyReused
    if endpoint.body is not NoBody:
        yield PayloadTooLarge
        yield UnsupportedMediaType
    yield RateLimited
    yield ServiceUnavailable


def refusals_of(endpoint: Endpoint) -> tuple[type[Refusal], ...]:
    """All refusal classes of the endpoint by status and code; a declared class replaces an implied one of its code."""
    declared = {kind.code for kind in endpoint.errors}
    kinds = [*endpoint.errors, *(kind for kind in implied(endpoint) if kind.code not in declared)]
    return tuple(sorted(dict.fromkeys(kinds), key=lambda kind: (kind.status, kind.code, kind.__name__)))


def documented(endpoint: Endpoint) -> tuple[Documented, ...]:
    """The refusals with an example answer each. The one about validation is what the operation really answers."""
    rows: list[Documented] = []
    for kind in refusals_of(endpoint):
        if kind is ValidationFailed:
            rows.append(Documented(kind, kind.__name__, render(_validation(endpoint), REQUEST_ID), shared=False))
        else:
            rows.append(Documented(kind, kind.__name__, render(kind(), REQUEST_ID), shared=True))
    return tuple(rows)


def _validation(endpoint: Endpoint) -> Refusal:
    """Sends the endpoint's own decoder an empty body, or a parameter that it does not know, and keeps the answer."""
    try:
        if endpoint.body is not NoBody and _needs_a_field(endpoint.body):
            decode_body(b"{}", endpoint.body)
        else:
            decode_query(b"colour=blue", endpoint.query)
    except ValidationFailed as refusal:
        return refusal
    return ValidationFailed()


def _needs_a_field(shape: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(shape))
