"""The error catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from findigi.modules.docs import Catalogue, CodeRow

_ADVICE = {
    400: "The request is not well formed. Repeating it as it is will not help.",
    401: "We do not know who is calling, or no longer believe it.",
    403: "We know who is calling, and they may not do this.",
    404: "There is nothing there, or nothing that the caller may see.",
    405: "The address is right, the method is not.",
    409: "The request collides with the present state.",
    413: "The body is too large.",
    415: "The body is in a format that is not read here.",
    422: "The request is well formed and was refused by a business rule. Nothing was moved.",
    429: "Slow down; `Retry-After` says for how long.",
    500: "Our fault. It is in our log under the request id.",
    503: "Something that this needs is not there at the moment. A retry with the same key is safe.",
}


_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}
"""Names of RFC 9110, which older versions of Python do not know."""


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """The codes of one status."""

    status: int
    phrase: str
    advice: str
    rows: tuple[CodeRow, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """All codes by status, a way through them, and one answer as an example."""

    groups: tuple[CodeGroup, ...]
    contents: tuple[tuple[str, str, int], ...]
    example: str


def errors_of(catalogue: Catalogue) -> Errors:
    """The page's data; the example is a real refusal of input by the first operation that takes a body."""
    groups = tuple(
        CodeGroup(status, _RENAMED.get(status) or HTTPStatus(status).phrase, _ADVICE.get(status, ""), tuple(rows))
        for status, rows in groupby(catalogue.errors, key=lambda row: row.status)
    )
    contents = tuple((f"#status-{group.status}", f"{group.status} {group.phrase}", len(group.rows)) for group in groups)
    rows = (row for operation in catalogue.operations if operation.request for row in operation.errors)
    example = next((row.example for row in rows if row.code == "VALIDATION_ERROR"), "{}")
    return Errors(groups, contents, example)
