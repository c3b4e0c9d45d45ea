"""What an operator's tools ask: does the process live, may it get traffic, what does it measure."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from findigi.kernel import metrics
from findigi.kernel.context import Runtime
from findigi.kernel.db import UNREACHABLE


def probes(runtime: Runtime) -> list[ASGIRouteHandler]:
    """`/health/live`, `/health/ready` (503 while the database cannot be asked) and `/metrics` (Prometheus)."""

    @asgi("/health/live", copy_scope=False)
    async def live(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 -- ASGI's names
        await _send(send, 200, {"ok": True})

    @asgi("/health/ready", copy_scope=False)
    async def ready(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 -- ASGI's names
        database = await _asks(runtime)
        await _send(send, 200 if database else 503, {"ok": database, "database": database})

    @asgi("/metrics", copy_scope=False)
    async def measured(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 -- ASGI's names
        await _send(send, 200, metrics.render(), metrics.CONTENT_TYPE)

    return [live, ready, measured]


async def _asks(runtime: Runtime) -> bool:
    try:
        async with runtime.database.reading() as tx:
            return await tx.value("select true") is True
    except UNREACHABLE:
        return False


async def _send(send: Any, status: int, body: object, media: str = "application/json") -> None:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", b"%d" % len(raw)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
