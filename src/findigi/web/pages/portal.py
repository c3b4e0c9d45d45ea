"""The portal's routes: from an address to a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
from litestar import Request, Response, route
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler

from findigi.kernel import ids
from findigi.kernel.context import Runtime
from findigi.kernel.errors import InternalError, MethodNotAllowed, NotFound, Refusal, render
from findigi.modules.docs import Documentation, Operation, operation_markdown
from findigi.web import assets
from findigi.web.pages import guides
from findigi.web.pages.errors import errors_of
from findigi.web.pages.explorer import explorer_of, neighbours, responses_of
from findigi.web.pages.home import home_of
from findigi.web.pages.sandbox import guide_of
from findigi.web.site import Body, Failure, Site, answer, file_answer

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
READ: Final = ("GET", "HEAD")
ROBOTS: Final = "User-agent: *\nDisallow: /api/\n"
LONGEST_QUERY: Final = 100


def handlers(runtime: Runtime) -> list[HTTPRouteHandler]:
    """Every page and file of the portal. The runtime must hold the Documentation by then."""
    site = _site(runtime)
    return [
        *_pages(site, demo=runtime.settings.demo),
        *_operation_pages(site),
        *_files(site),
    ]


def failures(runtime: Runtime) -> dict[int | type[Exception], Callable[[AnyRequest, Exception], Response[bytes]]]:
    """Handlers for what no route answers: a page for people, the API's error shape below /api."""
    site = _site(runtime)

    def refused(request: AnyRequest, error: Exception) -> Response[bytes]:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _failure(site, request, status)

    def broken(request: AnyRequest, error: Exception) -> Response[bytes]:
        request_id = f"req_{ids.new_id().hex}"
        log.error("page_failed", request_id=request_id, path=request.url.path, exc_info=error)
        return _failure(site, request, 500, request_id)

    return {HTTPException: refused, Exception: broken}


def _site(runtime: Runtime) -> Site:
    """The process's one Site, made on first use."""
    if Site not in runtime.parts:
        runtime.provide(Site(runtime.part(Documentation), guides.NAVIGATION))
    return runtime.part(Site)


def _pages(site: Site, *, demo: bool) -> list[HTTPRouteHandler]:
    documentation = site.documentation
    catalogue = documentation.catalogue

    @route(guides.OVERVIEW, http_method=READ)
    async def home(request: AnyRequest) -> Response[bytes]:
        def make() -> str:
            return site.html("home.html", section=guides.OVERVIEW, home=home_of(documentation, demo=demo))

        return answer(request, site.kept(guides.OVERVIEW, make))

    @route(guides.EXPLORER, http_method=READ)
    async def explorer(request: AnyRequest) -> Response[bytes]:
        query = request.query_params.get("q", "").strip()[:LONGEST_QUERY]

        def make() -> str:
            return site.html("explorer.html", section=guides.EXPLORER, explorer=explorer_of(catalogue, query))

        return answer(request, Body.of(make()) if query else site.kept(guides.EXPLORER, make))

    @route(guides.SANDBOX, http_method=READ)
    async def sandbox(request: AnyRequest) -> Response[bytes]:
        def make() -> str:
            return site.html("sandbox.html", section=guides.SANDBOX, guide=guide_of(catalogue, demo=demo))

        return answer(request, site.kept(guides.SANDBOX, make))

    @route(guides.ERRORS, http_method=READ)
    async def errors(request: AnyRequest) -> Response[bytes]:
        def make() -> str:
            return site.html("errors.html", section=guides.ERRORS, errors=errors_of(catalogue))

        return answer(request, site.kept(guides.ERRORS, make))

    return [home, explorer, sandbox, errors]


def _operation_pages(site: Site) -> list[HTTPRouteHandler]:
    @route("/docs/api/{module:str}/{name:str}", http_method=READ)
    async def operation(request: AnyRequest) -> Response[bytes]:
        module, name = str(request.path_params["module"]), str(request.path_params["name"])
        as_markdown = name.endswith(".md")
        found = site.documentation.catalogue.operation(module, name.removesuffix(".md"))
        if found is None:
            raise NotFoundException
        if as_markdown:
            body = site.kept(f"{found.href}.md", lambda: operation_markdown(found), "text/markdown")
            return answer(request, body)
        return answer(request, site.kept(found.href, lambda: _operation_html(site, found)))

    return [operation]


def _operation_html(site: Site, operation: Operation) -> str:
    before, after = neighbours(site.documentation.catalogue, operation)
    return site.html(
        "operation.html",
        section=guides.EXPLORER,
        operation=operation,
        responses=responses_of(operation),
        before=before,
        after=after,
    )


def _files(site: Site) -> list[HTTPRouteHandler]:
    @route(assets.ROOT + "{name:str}", http_method=READ)
    async def file(request: AnyRequest) -> Response[bytes]:
        found = site.assets.find(assets.ROOT + str(request.path_params["name"]))
        if found is None:
            raise NotFoundException
        return file_answer(request, found)

    @route("/favicon.ico", http_method=READ)
    async def favicon(request: AnyRequest) -> Response[bytes]:
        return file_answer(request, site.assets.named("icon.svg"), keep=False)

    @route("/robots.txt", http_method=READ)
    async def robots(request: AnyRequest) -> Response[bytes]:
        return answer(request, site.kept("/robots.txt", lambda: ROBOTS, "text/plain"))

    return [file, favicon, robots]


def _failure(site: Site, request: AnyRequest, status: int, request_id: str = "") -> Response[bytes]:
    path = request.url.path
    if path == "/api" or path.startswith("/api/"):
        shown = request_id or f"req_{ids.new_id().hex}"
        return answer(request, Body.of(render(_refusal(status), shown).decode(), "application/json"), status)
    failure = Failure.of(status, request_id)
    return answer(request, Body.of(site.html("failure.html", section="", failure=failure)), status)


def _refusal(status: int) -> Refusal:
    if status == 404:
        return NotFound("There is no operation at this address.")
    return MethodNotAllowed() if status == 405 else InternalError()
