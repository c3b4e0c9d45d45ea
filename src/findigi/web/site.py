"""What the pages of a process share, and how a page becomes an answer."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from findigi.modules.docs import Documentation
from findigi.web.assets import Asset, Assets
from findigi.web.render import environment

POLICY = "default-src 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
HTML = "text/html"
# One address may answer a whole page or a part of it, so caches must tell these apart.
VARY = "Accept-Encoding, HX-Request, HX-Request-Type"
SMALLEST_PACKED = 600


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One link of the bar at the top."""

    key: str
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Body:
    """Finished bytes of a page, in both encodings, and the stem of their ETag."""

    plain: bytes
    packed: bytes
    tag: str
    media: str

    @classmethod
    def of(cls, text: str, media: str = HTML) -> Body:
        """Packs and tags a text."""
        plain = text.encode()
        return cls(plain, gzip.compress(plain, 6, mtime=0), hashlib.sha256(plain).hexdigest()[:20], media)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a page about a failure says."""

    status: int
    title: str
    text: str
    request_id: str

    @classmethod
    def of(cls, status: int, request_id: str = "") -> Failure:
        """The words for that status."""
        if status >= 500:
            text = "This is our fault and it is in our log. Try again in a moment; if it stays, tell us the request id."
            return cls(status, "Something broke on our side", text, request_id)
        if status == 405:
            return cls(status, "This page can only be read", "Open it with a link or the address bar.", request_id)
        text = "The address may be mistyped, or the page has moved. The explorer lists every operation."
        return cls(status, "There is no page here", text, request_id)


class Site:
    """The portal of one process: documentation, files, templates, and pages made so far.

    Pages that are the same for everybody are rendered on first use and kept; there are as many as operations and
    guides, since nothing that a visitor types becomes a key.
    """

    def __init__(self, documentation: Documentation, navigation: tuple[NavigationEntry, ...]) -> None:
        self.documentation = documentation
        self.assets = Assets()
        self._engine = environment(self.assets)
        self._navigation = navigation
        self._kept: dict[str, Body] = {}

    def html(self, template: str, *, section: str, **context: object) -> str:
        """The rendered template. `section` is the key of the navigation entry that it belongs to."""
        return self._engine.get_template(template).render(
            catalogue=self.documentation.catalogue,
            health=self.documentation.health,
            navigation=self._navigation,
            section=section,
            **context,
        )

    def kept(self, key: str, make: Callable[[], str], media: str = HTML) -> Body:
        """The page of that key, made on first use."""
        body = self._kept.get(key)
        if body is None:
            body = self._kept[key] = Body.of(make(), media)
        return body


def answer(request: Request[Any, Any, Any], body: Body, status: int = 200) -> Response[bytes]:
    """A page as an answer: its ETag checked, packed where the caller takes it, with the headers every page has."""
    packs = len(body.plain) >= SMALLEST_PACKED and "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{body.tag}{"-gz" if packs else ""}"'
    headers = HEADERS | {"etag": tag, "vary": VARY, "cache-control": "no-cache"}
    if status == 200 and _knows(request, tag):
        return Response(content=b"", status_code=304, headers=headers)
    if packs:
        headers["content-encoding"] = "gzip"
    content = body.packed if packs else body.plain
    return _finished(request, content, body.media, headers, status)


def file_answer(request: Request[Any, Any, Any], asset: Asset, *, keep: bool = True) -> Response[bytes]:
    """A file as an answer. `keep`: its address carries its hash, so it may be kept for ever."""
    packs = asset.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    age = "public, max-age=31536000, immutable" if keep else "public, max-age=86400"
    headers = HEADERS | {"vary": "Accept-Encoding", "cache-control": age}
    if packs:
        headers["content-encoding"] = "gzip"
    content = asset.packed if packs and asset.packed is not None else asset.body
    return _finished(request, content, asset.media, headers, 200)


def _finished(
    request: Request[Any, Any, Any], content: bytes, media: str, headers: dict[str, str], status: int
) -> Response[bytes]:
    if request.method == "HEAD":
        headers["content-length"] = str(len(content))
        content = b""
    return Response(content=content, media_type=media, headers=headers, status_code=status)


def _knows(request: Request[Any, Any, Any], tag: str) -> bool:
    sent = request.headers.get("if-none-match", "")
    return tag in {part.strip().removeprefix("W/") for part in sent.split(",")}
