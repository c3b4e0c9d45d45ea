"""Builds the documentation once, when the process starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from findigi import __version__
from findigi.kernel.clock import utc_now
from findigi.kernel.errors import catalogue as all_refusals
from findigi.kernel.http import Endpoint
from findigi.modules.docs.model import Catalogue, CodeRow, Guide, Health, Module, Operation, SearchRow
from findigi.modules.docs.service.checks import health_of
from findigi.modules.docs.service.openapi import document_of
from findigi.modules.docs.service.operations import operation_of
from findigi.modules.docs.service.refusals import refusals_of
from findigi.modules.docs.service.shapes import Shapes
from findigi.modules.docs.service.specification import ModuleText, Specification, load


@dataclass(frozen=True, eq=False)
class Documentation:
    """What the process knows about its own API: for pages (`catalogue`), for programs (`openapi`), and its health."""

    catalogue: Catalogue
    health: Health
    openapi: bytes


def build(
    endpoints: Iterable[Endpoint],
    *,
    base_url: str,
    guides: Sequence[Guide] = (),
    now: datetime | None = None,
) -> Documentation:
    """The documentation of these endpoints.

    `base_url` is the address that callers use, without a slash at its end. `guides` are the portal's pages besides
    those of operations. Raises ValueError where the declarations contradict themselves (two operations of one name,
    a path parameter that is not described).
    """
    declared = tuple(endpoints)
    _refuse_contradictions(declared)
    specification = load()
    ordered = tuple(sorted(declared, key=_reading_order(specification)))
    shapes = Shapes(ordered)
    extensions = frozenset(e.name for e in ordered if not specification.lists(e.method, e.path))
    modules = tuple(_modules(ordered, specification, shapes, base_url=base_url, extensions=extensions))
    document = document_of(ordered, modules, shapes, base_url=base_url, version=__version__, extensions=extensions)
    errors = _errors(ordered, modules)
    catalogue = Catalogue(
        base_url=base_url,
        version=__version__,
        modules=modules,
        errors=errors,
        guides=tuple(guides),
        search=tuple(_search(modules, errors, guides)),
    )
    health = health_of(ordered, catalogue, document, specification, now or utc_now())
    return Documentation(catalogue, health, msgspec.json.encode(document))


def _refuse_contradictions(endpoints: Sequence[Endpoint]) -> None:
    names: set[str] = set()
    for endpoint in endpoints:
        if endpoint.name in names:
            raise ValueError(f"two operations are called {endpoint.name!r}; an operationId is unique in the whole API")
        names.add(endpoint.name)
        asked = set(re.findall(r"\{([^}]+)\}", endpoint.path))
        if asked != set(endpoint.path_parameters):
            raise ValueError(f"{endpoint.method} {endpoint.path}: path_parameters must describe {sorted(asked)}")


def _reading_order(specification: Specification) -> Callable[[Endpoint], tuple[int, str]]:
    place = {module.name: i for i, module in enumerate(specification.modules)}

    def key(endpoint: Endpoint) -> tuple[int, str]:
        """Modules of the list first, in its order; others after them by name. The sort keeps declarations in order."""
        return place.get(endpoint.module, len(place)), endpoint.module

    return key


def _modules(
    endpoints: Sequence[Endpoint],
    specification: Specification,
    shapes: Shapes,
    *,
    base_url: str,
    extensions: frozenset[str],
) -> Iterator[Module]:
    texts = {module.name: module for module in specification.modules}
    for name in dict.fromkeys(endpoint.module for endpoint in endpoints):
        text = texts.get(name) or ModuleText(name, re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"), "")
        operations = tuple(
            operation_of(endpoint, text.slug, shapes, base_url=base_url, extension=endpoint.name in extensions)
            for endpoint in endpoints
            if endpoint.module == name
        )
        yield Module(text.slug, name, text.blurb, operations)


def _errors(endpoints: Sequence[Endpoint], modules: Sequence[Module]) -> tuple[CodeRow, ...]:
    by_id = {operation.id: operation for module in modules for operation in module.operations}
    raised: dict[str, list[Operation]] = {}
    for endpoint in endpoints:
        for code in dict.fromkeys(kind.code for kind in refusals_of(endpoint)):
            raised.setdefault(code, []).append(by_id[endpoint.name])
    rows: list[CodeRow] = []
    for entry in all_refusals():
        operations = raised.get(entry.code, [])
        everywhere = len(operations) == len(endpoints)
        listed = () if everywhere else tuple(operations)
        rows.append(CodeRow(entry.code, entry.status, entry.cause, entry.fix, listed, everywhere))
    return tuple(rows)


def _search(modules: Sequence[Module], errors: Sequence[CodeRow], guides: Sequence[Guide]) -> Iterator[SearchRow]:
    for module in modules:
        yield _row("module", module.name, module.blurb, f"/docs/api#{module.slug}")
        for operation in module.operations:
            place = f"{operation.method} {operation.path}"
            extra = f"{operation.id} {operation.module} {operation.description}"
            yield _row("operation", operation.summary, place, operation.href, extra)
    for error in errors:
        yield _row("error", error.code, error.cause, f"/docs/errors#{error.code}", f"{error.status} {error.fix}")
    for guide in guides:
        yield _row("guide", guide.title, guide.summary, guide.href)


def _row(kind: str, title: str, detail: str, href: str, extra: str = "") -> SearchRow:
    return msgspec.convert(
        {
            "kind": kind,
            "title": title,
            "detail": detail,
            "href": href,
            "words": f"{title} {detail} {extra}".lower(),
        },
        SearchRow,
    )
