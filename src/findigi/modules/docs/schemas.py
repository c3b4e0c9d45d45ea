"""Wire shapes of the documentation's own operations, with their examples."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from findigi.modules.docs.model import Catalogue, Guide, Health, Module, Operation


class CheckResult(msgspec.Struct, frozen=True):
    """One check: how many of how many are right."""

    ok: bool
    passed: int
    total: int
    detail: str
    failures: Annotated[tuple[str, ...], Meta(description="What is not right, at most 200 lines.")]


class DocsHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the documentation, computed from the running API."""

    ok: Annotated[bool, Meta(description="False when a served operation is documented wrongly.")]
    status: Annotated[
        str,
        Meta(
            description="`healthy`; `incomplete` while operations of the specification are missing; `failing`.",
            examples=["healthy"],
        ),
    ]
    route_count: Annotated[int, Meta(description="Operations that are served.")]
    module_count: int
    openapi_paths: Annotated[int, Meta(description="Paths that these operations stand on.")]
    openapi_url: str
    generated_at: Annotated[str, Meta(description="When the documentation was built: at the start of the process.")]
    sandbox_base_url: str
    checks: dict[str, CheckResult]


class ManifestParameter(msgspec.Struct, frozen=True):
    """One input of an operation."""

    place: Annotated[str, Meta(description="`header`, `path`, `query` or `body`; `answer` for a field of the answer.")]
    name: str
    kind: Annotated[str, Meta(description="Its type in words, with its bounds.")]
    required: bool
    description: str
    example: str


class ManifestError(msgspec.Struct, frozen=True):
    """One refusal with cause and fix."""

    status: int
    code: str
    cause: str
    fix: str


class ManifestSample(msgspec.Struct, frozen=True):
    """The request in one language."""

    language: str
    code: str


class ManifestAnswer(msgspec.Struct, frozen=True):
    """A success as it looks on the wire."""

    status: int
    media: str
    text: str


class ManifestOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation with everything that its page shows."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    access: Annotated[str, Meta(description="`public`, `user` or `workspace`.")]
    role: Annotated[str | None, Meta(description="The weakest role that may call it.")]
    idempotent: bool
    extension: Annotated[bool, Meta(description="True where the public specification does not list the operation.")]
    href: str
    parameters: tuple[ManifestParameter, ...]
    request: Annotated[str, Meta(description="An example body; empty where none is taken.")]
    answers: tuple[ManifestAnswer, ...]
    errors: tuple[ManifestError, ...]
    samples: tuple[ManifestSample, ...]
    notes: tuple[str, ...]


class ManifestModule(msgspec.Struct, frozen=True):
    """A group of operations."""

    slug: str
    name: str
    blurb: str
    operations: tuple[ManifestOperation, ...]


class ManifestPage(msgspec.Struct, frozen=True):
    """A page of the portal."""

    title: str
    href: str
    summary: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the portal shows, as data."""

    ok: bool = True
    title: str
    version: str
    base_url: str
    route_count: int
    module_count: int
    modules: tuple[ManifestModule, ...]
    navigation: tuple[ManifestPage, ...]
    help_centre: tuple[ManifestPage, ...]
    journeys: tuple[ManifestPage, ...]


class OpenApiInfo(msgspec.Struct, frozen=True):
    """The document's head."""

    title: str
    version: str


class OpenApiDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0); only its outermost fields are named here."""

    openapi: Annotated[str, Meta(examples=["3.1.0"])]
    info: OpenApiInfo
    servers: tuple[dict[str, str], ...]
    paths: Annotated[dict[str, Any], Meta(description="Path, then method, then operation.")]
    components: dict[str, Any]


HEALTH_EXAMPLE = DocsHealth(
    ok=True,
    status="healthy",
    route_count=148,
    module_count=21,
    openapi_paths=129,
    openapi_url="http://127.0.0.1:8000/api/openapi.json",
    generated_at="2026-04-10T18:00:00.000Z",
    sandbox_base_url="http://127.0.0.1:8000",
    checks={"coverage": CheckResult(True, 133, 133, "133 of 133 operations of the specification are served.", ())},
)
OPENAPI_EXAMPLE = OpenApiDocument(
    openapi="3.1.0",
    info=OpenApiInfo("finDIGI Backend API", "0.1.0"),
    servers=({"url": "http://127.0.0.1:8000"},),
    paths={"/api/wallets": {"get": {"operationId": "list_wallets", "summary": "List wallets"}}},
    components={"schemas": {"Wallet": {"type": "object"}}},
)
MANIFEST_EXAMPLE = Manifest(
    title="finDIGI Backend API",
    version="0.1.0",
    base_url="http://127.0.0.1:8000",
    route_count=148,
    module_count=21,
    modules=(
        ManifestModule(
            "ledger",
            "Ledger",
            "The double-entry books.",
            (
                ManifestOperation(
                    id="get_journal",
                    method="GET",
                    path="/api/ledger/journals/{id}",
                    summary="Get a journal",
                    description="One journal with its entries and its place in the hash chain.",
                    access="workspace",
                    role="viewer",
                    idempotent=False,
                    extension=False,
                    href="/docs/api/ledger/get_journal",
                    parameters=(
                        ManifestParameter("path", "id", "id", True, "The journal.", "jrn_01k8m3v9fke5w8d0q6n4rjc7ta"),
                    ),
                    request="",
                    answers=(ManifestAnswer(200, "application/json", '{"ok": true, "item": {}}'),),
                    errors=(ManifestError(404, "NOT_FOUND", "Nothing with this id exists.", "Check the id."),),
                    samples=(ManifestSample("curl", "curl http://127.0.0.1:8000/api/ledger/journals/…"),),
                    notes=(),
                ),
            ),
        ),
    ),
    navigation=(ManifestPage("Explorer", "/docs/api", "Every operation by module."),),
    help_centre=(),
    journeys=(),
)


def health_answer(health: Health, base_url: str) -> DocsHealth:
    """The health as callers see it."""
    return DocsHealth(
        ok=health.ok,
        status=health.status,
        route_count=health.route_count,
        module_count=health.module_count,
        openapi_paths=health.path_count,
        openapi_url=f"{base_url}/api/openapi.json",
        generated_at=health.generated_at,
        sandbox_base_url=base_url,
        checks={
            name: CheckResult(check.ok, check.passed, check.total, check.detail, check.failures)
            for name, check in health.checks.items()
        },
    )


def manifest_answer(title: str, catalogue: Catalogue) -> Manifest:
    """The catalogue as callers see it."""
    return Manifest(
        title=title,
        version=catalogue.version,
        base_url=catalogue.base_url,
        route_count=len(catalogue.operations),
        module_count=len(catalogue.modules),
        modules=tuple(_module(module) for module in catalogue.modules),
        navigation=_pages(catalogue.guides, "navigation"),
        help_centre=_pages(catalogue.guides, "help_centre"),
        journeys=_pages(catalogue.guides, "journeys"),
    )


def _pages(guides: tuple[Guide, ...], section: str) -> tuple[ManifestPage, ...]:
    return tuple(ManifestPage(page.title, page.href, page.summary) for page in guides if page.section == section)


def _module(module: Module) -> ManifestModule:
    return ManifestModule(module.slug, module.name, module.blurb, tuple(_operation(one) for one in module.operations))


def _operation(operation: Operation) -> ManifestOperation:
    return ManifestOperation(
        id=operation.id,
        method=operation.method,
        path=operation.path,
        summary=operation.summary,
        description=operation.description,
        access=operation.access,
        role=operation.role,
        idempotent=operation.idempotent,
        extension=operation.extension,
        href=operation.href,
        parameters=tuple(
            ManifestParameter(row.place, row.name, row.type, row.required, row.description, row.example)
            for row in operation.parameters
        ),
        request=operation.request,
        answers=tuple(ManifestAnswer(one.status, one.media, one.text) for one in operation.answers),
        errors=tuple(ManifestError(row.status, row.code, row.cause, row.fix) for row in operation.errors),
        samples=tuple(ManifestSample(sample.language, sample.code) for sample in operation.samples),
        notes=operation.notes,
    )
