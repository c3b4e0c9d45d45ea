"""The public operations of the documentation. Their bytes are made once and served with an ETag."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from findigi.kernel.http import Access, Answer, Call, Example, NoBody, NoQuery, Routes
from findigi.modules.docs import schemas
from findigi.modules.docs.service import TITLE, Documentation

routes = Routes("Public Docs")
_encode = msgspec.json.Encoder().encode
_CACHE = (b"cache-control", b"public, no-cache")
_VARY = (b"vary", b"Accept-Encoding")


@dataclass(frozen=True, slots=True)
class _Document:
    """A finished answer in both encodings. Each has a tag of its own, since the bytes differ (RFC 9110, 8.8.3)."""

    plain: bytes
    packed: bytes
    tag: bytes


@routes.add(
    "GET",
    "/api/openapi.json",
    access=Access.PUBLIC,
    name="get_openapi",
    summary="Get the OpenAPI document",
    description="The whole API as OpenAPI 3.1: schemas, examples, errors and headers of every operation. It is made "
    "from the declarations that serve the requests, so it cannot differ from them.",
    answer=schemas.OpenApiDocument,
    example=Example(schemas.OPENAPI_EXAMPLE),
    notes=(
        "Send `If-None-Match` with the last `ETag`: an unchanged document answers 304 without a body.",
        "Operations beyond the public specification carry `x-extension: true`.",
    ),
)
async def get_openapi(call: Call[NoBody, NoQuery]) -> Answer:
    """The OpenAPI document."""
    return _serve(call, _openapi(call.ctx.runtime.part(Documentation)))


@routes.add(
    "GET",
    "/api/docs/health",
    access=Access.PUBLIC,
    name="get_docs_health",
    summary="Get the state of the documentation",
    description="How many operations are served and how well they are documented, counted from the running API: "
    "coverage of the specification, examples held against their schemas, errors, texts and pages.",
    answer=schemas.DocsHealth,
    example=Example(schemas.HEALTH_EXAMPLE),
    notes=("`checks.coverage.failures` lists what the specification has and this server does not.",),
)
async def get_docs_health(call: Call[NoBody, NoQuery]) -> Answer:
    """The documentation's health."""
    return _serve(call, _health(call.ctx.runtime.part(Documentation)))


@routes.add(
    "GET",
    "/api/docs/manifest",
    access=Access.PUBLIC,
    name="get_docs_manifest",
    summary="Get the portal's contents",
    description="Modules with their operations, inputs, samples, errors and notes, and the portal's other pages: "
    "everything that the portal shows, for tools that show it elsewhere.",
    answer=schemas.Manifest,
    example=Example(schemas.MANIFEST_EXAMPLE),
    notes=("The lists of help pages and journeys hold what this version has; they may be empty.",),
)
async def get_docs_manifest(call: Call[NoBody, NoQuery]) -> Answer:
    """The portal's contents as data."""
    return _serve(call, _manifest(call.ctx.runtime.part(Documentation)))


@lru_cache(maxsize=2)
def _openapi(documentation: Documentation) -> _Document:
    return _document(documentation.openapi)


@lru_cache(maxsize=2)
def _health(documentation: Documentation) -> _Document:
    return _document(_encode(schemas.health_answer(documentation.health, documentation.catalogue.base_url)))


@lru_cache(maxsize=2)
def _manifest(documentation: Documentation) -> _Document:
    return _document(_encode(schemas.manifest_answer(TITLE, documentation.catalogue)))


def _document(body: bytes) -> _Document:
    return _Document(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:20].encode())


def _serve(call: Call[NoBody, NoQuery], document: _Document) -> Answer:
    packed = b"gzip" in call.headers.get(b"accept-encoding", b"")
    tag = b'"%s%s"' % (document.tag, b"-gz" if packed else b"")
    headers = ((b"etag", tag), _CACHE, _VARY)
    known = {part.strip().removeprefix(b"W/") for part in call.headers.get(b"if-none-match", b"").split(b",")}
    if tag in known or b"*" in known:
        return Answer(304, b"", headers)
    if packed:
        return Answer(200, document.packed, (*headers, (b"content-encoding", b"gzip")))
    return Answer(200, document.plain, headers)
