"""The ASGI application: the API's dispatcher and, for everything else, Litestar."""

from __future__ import annotations

from typing import Any, cast

from litestar import Litestar

from findigi.kernel.http.serve import Dispatcher


class Application(Litestar):
    """Litestar with the API before it: its routing and middleware are for pages, and would cost each call a tenth."""

    def __init__(self, api: Dispatcher, **pages: Any) -> None:
        cast("Any", super()).__init__(**pages)
        self._api = api

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """An ASGI call."""
        if scope["type"] == "http" and (scope["path"].startswith("/api/") or scope["path"] == "/api"):
            await self._api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
