"""The documentation's health: each check counts what it looked at, so that a check of nothing cannot pass unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from findigi.kernel.answer import JSON
from findigi.kernel.http import Endpoint, NoBody
from findigi.modules.docs.model import Catalogue, Check, Guide, Health, Module, Status
from findigi.modules.docs.service.operations import answer_data, request_data
from findigi.modules.docs.service.refusals import refusals_of
from findigi.modules.docs.service.shapes import Json
from findigi.modules.docs.service.specification import Specification, shape

SHORTEST_SUMMARY = 8
SHORTEST_DESCRIPTION = 40
SHOWN_FAILURES = 200


def health_of(
    endpoints: Sequence[Endpoint],
    catalogue: Catalogue,
    document: Json,
    specification: Specification,
    generated_at: datetime,
) -> Health:
    """Runs every check. Missing operations make it incomplete; anything wrong with a served one makes it fail."""
    checks = {
        "coverage": _coverage(endpoints, specification),
        "examples": _each(endpoints, _examples_fit, "examples fit their schemas"),
        "errors": _each(endpoints, _errors_documented(document), "operations document each error they can give"),
        "texts": _each(endpoints, _texts, "operations have a summary, a description and described inputs"),
        "modules": _modules(catalogue.modules),
        "pages": _pages(catalogue),
    }
    wrong = [check for name, check in checks.items() if name != "coverage" and not check.ok]
    status: Status = "failing" if wrong else "healthy" if checks["coverage"].ok else "incomplete"
    return Health(
        status=status,
        generated_at=f"{generated_at:%Y-%m-%dT%H:%M:%S}.{generated_at.microsecond // 1000:03d}Z",
        route_count=len(endpoints),
        module_count=len(catalogue.modules),
        path_count=catalogue.path_count,
        checks=checks,
    )


def _coverage(endpoints: Iterable[Endpoint], specification: Specification) -> Check:
    served = {(endpoint.method, shape(endpoint.path)): endpoint.module for endpoint in endpoints}
    missing = [
        f"{row.method} {row.path}"
        for row in specification.rows
        if served.get((row.method, shape(row.path))) != row.module
    ]
    total = len(specification.rows)
    return _check(total - len(missing), total, missing, "operations of the specification are served")


def _each(endpoints: Iterable[Endpoint], look: Callable[[Endpoint], Iterable[str]], what: str) -> Check:
    failures: list[str] = []
    right = total = 0
    for endpoint in endpoints:
        found = [f"{endpoint.method} {endpoint.path}: {problem}" for problem in look(endpoint)]
        failures.extend(found)
        total += 1
        right += not found
    return _check(right, total, failures, what)


def _check(passed: int, total: int, failures: Sequence[str], what: str) -> Check:
    ok = total > 0 and passed == total
    return Check(ok, passed, total, f"{passed} of {total} {what}.", tuple(failures[:SHOWN_FAILURES]))


def _examples_fit(endpoint: Endpoint) -> Iterable[str]:
    if endpoint.media.encode() == JSON:
        try:
            msgspec.convert(answer_data(endpoint), endpoint.answer)
        except msgspec.ValidationError as error:
            yield f"the example answer does not fit: {error}"
    if endpoint.body is not NoBody:
        try:
            msgspec.convert(request_data(endpoint), endpoint.body)
        except msgspec.ValidationError as error:
            yield f"the example request does not fit: {error}"


def _errors_documented(document: Json) -> Callable[[Endpoint], Iterable[str]]:
    def look(endpoint: Endpoint) -> Iterable[str]:
        responses: Json = document["paths"][endpoint.path][endpoint.method.lower()]["responses"]
        for kind in refusals_of(endpoint):
            answer = json.dumps(responses.get(str(kind.status), {}))
            if f'"{kind.code}"' not in answer:
                yield f"{kind.status} {kind.code} is not in the document"
            if not kind.cause or not kind.fix:
                yield f"{kind.code} has no cause or no fix"

    return look


def _texts(endpoint: Endpoint) -> Iterable[str]:
    if len(endpoint.summary) < SHORTEST_SUMMARY:
        yield "its summary says nothing"
    if len(endpoint.description) < SHORTEST_DESCRIPTION:
        yield "its description says nothing"
    for name, parameter in endpoint.path_parameters.items():
        if not parameter.description or not parameter.example:
            yield f"the path parameter {name} has no description or example"


def _modules(modules: Sequence[Module]) -> Check:
    nameless = [f"{module.name} is not described" for module in modules if not module.blurb]
    return _check(len(modules) - len(nameless), len(modules), nameless, "modules are described")


def _pages(catalogue: Catalogue) -> Check:
    """Every operation has an address of its own, and the portal names its other pages."""
    hrefs = [operation.href for operation in catalogue.operations]
    guides: tuple[Guide, ...] = catalogue.guides
    twice = sorted({href for href in hrefs if hrefs.count(href) > 1})
    total = len(hrefs) + len(guides)
    return _check(total - len(twice), total, [f"{href} stands for two operations" for href in twice], "pages are there")
