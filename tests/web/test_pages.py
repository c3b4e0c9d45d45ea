from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import httpx
import pytest

from findigi.modules import docs
from findigi.web.site import POLICY

PAGES = ("/", "/docs/api", "/docs/sandbox", "/docs/errors")


class Parsed(HTMLParser):
    """What a page links to, the ids it has, and the attributes of all its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name in ("href", "src", "action") and tag != "use":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
async def catalogue(app: object, client: httpx.AsyncClient) -> list[str]:
    """The addresses of all operation pages."""
    manifest = (await client.get("/api/docs/manifest")).json()
    return [operation["href"] for module in manifest["modules"] for operation in module["operations"]]


async def every_page(client: httpx.AsyncClient, operations: list[str]) -> dict[str, Parsed]:
    return {path: Parsed((await client.get(path)).text) for path in [*PAGES, *operations]}


async def test_every_page_renders(client: httpx.AsyncClient, catalogue: list[str]) -> None:
    assert len(catalogue) > 30
    for path in [*PAGES, *catalogue]:
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Parsed(answer.text)
        assert len(page.ids) == len(set(page.ids)), f"{path} has an id twice"
        assert answer.text.count("<h1") == 1, path


async def test_every_link_leads_somewhere(client: httpx.AsyncClient, catalogue: list[str]) -> None:
    pages = await every_page(client, catalogue)
    targets = {urldefrag(urljoin(path, link)) for path, page in pages.items() for link in page.links}
    assert len(targets) > len(pages)
    for target, fragment in sorted(targets):
        assert target.startswith("/"), f"{target} leads outside"
        answer = await client.get(target)
        assert answer.status_code == 200, target
        if fragment:
            assert fragment in pages[target].ids, f"{target}#{fragment}"


async def test_nothing_that_the_policy_would_block(client: httpx.AsyncClient, catalogue: list[str]) -> None:
    for path, page in (await every_page(client, catalogue)).items():
        for tag, name, value in page.attributes:
            assert name != "style", f"{path}: style on {tag}"
            assert not name.startswith(("on", "hx-on")), f"{path}: {name} on {tag}"
            assert not value.strip().startswith(("javascript:", "js:", "data:")), f"{path}: {name}={value}"


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/docs/nowhere", "/robots.txt", "/favicon.ico"])
async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "'unsafe" not in POLICY


async def test_counts_are_computed(client: httpx.AsyncClient) -> None:
    health = (await client.get("/api/docs/health")).json()
    text = " ".join(" ".join(Parsed((await client.get("/")).text).text).split())
    assert f"Operations {health['route_count']}" in text
    assert f"Paths {health['openapi_paths']}" in text
    assert f"Modules {health['module_count']}" in text
    assert health["status"].capitalize() in text


async def test_the_filter_works_without_javascript(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs/api", params={"q": "login verify"})).text
    shown = re.findall(r'<li class="op-row" data-words="([^"]*)">', page)
    assert len(shown) == 1
    assert "/api/auth/login/2fa/verify" in shown[0]


async def test_what_a_visitor_types_is_text_and_nothing_else(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs/api", params={"q": '"><script>alert(1)</script>'})).text
    assert "<script>alert" not in page
    assert "No operation matches" in page


async def test_an_operation_page_as_markdown(client: httpx.AsyncClient, catalogue: list[str]) -> None:
    for href in catalogue:
        answer = await client.get(f"{href}.md")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
        assert answer.text.startswith("# ")


@pytest.mark.parametrize("path", ["/nowhere", "/docs/nowhere", "/docs/api/auth/nowhere", "/docs/api/auth/login/more"])
async def test_an_unknown_address_is_a_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no page here" in answer.text


async def test_a_page_cannot_be_posted_to(client: httpx.AsyncClient) -> None:
    answer = await client.post("/docs/api")
    assert answer.status_code == 405
    assert "This page can only be read" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/robots.txt", "/favicon.ico"])
async def test_head_gives_the_same_headers_and_no_body(client: httpx.AsyncClient, path: str) -> None:
    get, head = await client.get(path), await client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == get.headers


@pytest.mark.parametrize("path", PAGES)
async def test_an_unchanged_page_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert {"Accept-Encoding", "HX-Request", "HX-Request-Type"} <= set(first.headers["vary"].split(", "))
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert plain.headers["etag"] != first.headers["etag"]
    assert plain.text == first.text
    assert "content-encoding" not in plain.headers


def guides() -> Iterator[docs.Guide]:
    from findigi.web.pages import GUIDES  # noqa: PLC0415 -- collected where the pages do not import yet

    yield from GUIDES


async def test_the_bar_names_every_guide_and_no_other(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    bar = page.split('<nav class="topnav"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', bar) == [guide.href for guide in guides()]
