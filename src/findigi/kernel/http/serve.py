"""The dispatcher: one ASGI application per path, which turns a request into a call and an answer into bytes.

Order of the checks: size, rate, token, shape of path, query and body, workspace, role. The first that fails answers,
and nothing has been done by then. Anything unexpected is a 500 with the request id, its trace in the log.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import structlog

from findigi.kernel import ids
from findigi.kernel.answer import JSON, Answer
from findigi.kernel.clock import utc_now
from findigi.kernel.context import Ctx, Role, Runtime
from findigi.kernel.db import UNREACHABLE
from findigi.kernel.errors import (
    ClientRequired,
    InternalError,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Refusal,
    ServiceUnavailable,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
    render,
)
from findigi.kernel.http.call import Call
from findigi.kernel.http.endpoint import Access, Endpoint
from findigi.kernel.http.gate import Gate
from findigi.kernel.http.inputs import NoBody, decode_body, decode_query
from findigi.kernel.http.paths import Paths
from findigi.kernel.http.rates import RateLimiter
from findigi.kernel.idempotency import check_key

log = structlog.get_logger(__name__)

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Observe = Callable[[str, int, float], None]
Headers = dict[bytes, bytes]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{8,100}")
_ONCE = frozenset(
    {
        b"authorization", b"content-type", b"content-length", b"idempotency-key", b"x-request-id", b"x-findigi-is-test",
        b"x-findigi-client-id",
    }
)  # fmt: skip
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
NOT_MODIFIED = 304


def _say_nothing(_operation: str, _status: int, _seconds: float) -> None:
    """For assemblies that do not measure."""


class Dispatcher:
    """Serves endpoints: an ASGI application for everything under /api."""

    def __init__(
        self,
        runtime: Runtime,
        endpoints: Iterable[Endpoint],
        gate: Gate,
        *,
        limiter: RateLimiter,
        strict_limiter: RateLimiter,
        observe: Observe = _say_nothing,
    ) -> None:
        self._runtime = runtime
        self._gate = gate
        self._limiter = limiter
        self._strict = strict_limiter
        self._observe = observe
        self._paths: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            methods = self._paths.setdefault(endpoint.path, {})
            if endpoint.method in methods:
                raise ValueError(f"{endpoint.method} {endpoint.path} is declared twice")
            methods[endpoint.method] = endpoint
        self._table = Paths(self._paths)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that an endpoint has."""
        return tuple(self._paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; a path that no endpoint has is a 404 in the API's own shape."""
        found = self._table.find(scope["path"].rstrip("/"))
        if found is None:
            await self._serve({}, {}, scope, receive, send)
        else:
            await self._serve(self._paths[found[0]], found[1], scope, receive, send)

    async def _serve(
        self, methods: dict[str, Endpoint], path: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        began = time.perf_counter()
        method: str = scope["method"]
        headers, twins = _headers(scope["headers"])
        request_id = _request_id(headers)
        extra: tuple[tuple[bytes, bytes], ...] = ()
        endpoint = methods.get("GET" if method == "HEAD" else method)
        try:
            if endpoint is None:
                extra = _allow(methods)
                raise MethodNotAllowed if methods else NotFound(f"There is no operation at {scope['path'][:200]!r}.")
            if twins:
                name = twins[0].decode("latin-1")
                raise ValidationFailed.of(name, f"The header {name} is sent twice; send it once.", "GIVEN_TWICE")
            extra = self._count(endpoint, headers, scope)
            answer = await self._call(endpoint, path, scope, headers, receive, request_id)
        except Refusal as refusal:
            answer = _refused(refusal, request_id)
        except UNREACHABLE as error:
            log.error("database_unreachable", request_id=request_id, error=repr(error))  # noqa: TRY400 -- known, no trace
            answer = _refused(ServiceUnavailable(retry_after=2), request_id)
        except Exception:
            log.exception("unexpected", request_id=request_id, path=scope["path"], method=method)
            answer = _refused(InternalError(), request_id)
        try:
            await _send(send, answer, request_id, extra, head=method == "HEAD")
        except OSError:  # the caller has gone; what was done stands, and a key brings the answer again
            log.info("caller_gone", request_id=request_id)
        self._observe(endpoint.name if endpoint else "unknown", answer.status, time.perf_counter() - began)

    def _count(self, endpoint: Endpoint, headers: Headers, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
        address = _address(scope)
        if endpoint.strict_rate:
            return self._strict.take(f"{endpoint.name} {address}")
        token = headers.get(b"authorization")
        return self._limiter.take(token.decode("latin-1") if token else address)

    async def _call(
        self,
        endpoint: Endpoint,
        path: dict[str, str],
        scope: Scope,
        headers: Headers,
        receive: Receive,
        request_id: str,
    ) -> Answer:
        now = utc_now()
        user_id = session_id = None
        if endpoint.access is not Access.PUBLIC:
            principal = await self._gate.principal(_bearer(headers), now)
            user_id, session_id = principal.user_id, principal.session_id
        query = decode_query(scope.get("query_string", b""), endpoint.query)
        body = await self._body(endpoint, headers, receive)
        client_id = role = None
        if endpoint.access is Access.WORKSPACE and user_id is not None:
            named = _named_client(endpoint, path, query, body, headers)
            client_id, role = await self._workspace(user_id, named)
        ctx = Ctx(
            runtime=self._runtime,
            request_id=request_id,
            now=now,
            is_test=_is_test(headers),
            user_id=user_id,
            session_id=session_id,
            client_id=client_id,
            role=role,
            address=_address(scope),
            agent=headers.get(b"user-agent", b"").decode("latin-1")[:300],
        )
        if endpoint.role is not None:
            ctx.need_role(endpoint.role)
        key = headers.get(b"idempotency-key") if endpoint.idempotent else None
        call = Call(
            ctx=ctx,
            operation=endpoint.name,
            url=scope["path"],
            body=body,
            query=query,
            path=path,
            idempotency_key=None if key is None else check_key(key.decode("latin-1")),
            accept=headers.get(b"accept", b"").decode("latin-1"),
            headers=headers,
        )
        return await endpoint.handler(call)

    async def _body(self, endpoint: Endpoint, headers: Headers, receive: Receive) -> Any:
        if endpoint.method == "GET":
            return NoBody()
        raw = await _read(receive, headers, endpoint.body_limit)
        if raw or endpoint.body is not NoBody:
            _check_media(headers, raw)
        return decode_body(raw, endpoint.body)

    async def _workspace(self, user_id: UUID, named: str | None) -> tuple[UUID, Role]:
        workspaces = await self._gate.workspaces(user_id)
        if named is None:
            if len(workspaces) != 1:
                raise ClientRequired
            return next(iter(workspaces.items()))
        client_id = ids.parse(ids.CLIENT, named, "workspace")
        role = workspaces.get(client_id)
        if role is None:  # it may have been made a moment ago in another process
            workspaces = await self._gate.workspaces(user_id, fresh=True)
            role = workspaces.get(client_id)
        if role is None:
            raise NotFound(f"There is no workspace with the id {named[:64]!r} among yours.")
        return client_id, role


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> tuple[Headers, list[bytes]]:
    """The headers by name, and those of ours that came more than once: which was meant is not ours to say."""
    found: Headers = {}
    twins: list[bytes] = []
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif name in _ONCE:
            twins.append(name)
        else:
            found[name] += b", " + value
    return found, twins


def _request_id(headers: Headers) -> str:
    sent = headers.get(b"x-request-id")
    if sent is not None and _REQUEST_ID.fullmatch(sent):
        return sent.decode("ascii")
    return f"req_{ids.new_id().int:032x}"


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "local"


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated
    return token.strip().decode("latin-1")


def _is_test(headers: Headers) -> bool:
    value = headers.get(b"x-findigi-is-test", b"").lower()
    if value in (b"", b"false", b"0"):
        return False
    if value in (b"true", b"1"):
        return True
    raise ValidationFailed.of(
        "x-findigi-is-test", "x-findigi-is-test must be `true` (test mode) or `false` (live mode)."
    )


def _named_client(endpoint: Endpoint, path: dict[str, str], query: Any, body: Any, headers: Headers) -> str | None:
    header = headers.get(b"x-findigi-client-id")
    candidates = (
        path.get(endpoint.client_in) if endpoint.client_in else None,
        getattr(body, "client_id", None),
        getattr(query, "client_id", None),
        header.decode("latin-1") if header else None,
    )
    named = {candidate for candidate in candidates if candidate is not None}
    if len(named) > 1:
        raise ValidationFailed.of(
            "client_id", "The request names more than one workspace; send the same id everywhere."
        )
    return named.pop() if named else None


def _check_media(headers: Headers, raw: bytes) -> None:
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise UnsupportedMediaType
    media = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media != JSON and (raw or media):
        raise UnsupportedMediaType


async def _read(receive: Receive, headers: Headers, limit: int) -> bytes:
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > limit:
        raise PayloadTooLarge(f"The body has {int(length):,} bytes; this operation takes at most {limit:,}.")
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            raise PayloadTooLarge(
                f"The body has more than {limit:,} bytes, which is the most that this operation takes."
            )
    if message["type"] == "http.disconnect":
        raise ValidationFailed("The connection was closed before the body was complete.")
    return body


def _refused(refusal: Refusal, request_id: str) -> Answer:
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if refusal.retry_after is not None:
        headers = ((b"retry-after", b"%d" % refusal.retry_after),)
    if refusal.status == 401:
        headers += ((b"www-authenticate", b"Bearer"),)
    return Answer(refusal.status, render(refusal, request_id), headers)


def _allow(methods: dict[str, Endpoint]) -> tuple[tuple[bytes, bytes], ...]:
    if not methods:
        return ()
    return ((b"allow", ", ".join(sorted(methods)).encode()),)


async def _send(
    send: Send, answer: Answer, request_id: str, extra: tuple[tuple[bytes, bytes], ...], *, head: bool
) -> None:
    headers = [(b"x-request-id", request_id.encode()), _NOSNIFF, *extra, *answer.headers]
    if not any(name == b"cache-control" for name, _ in answer.headers):
        headers.append(_NO_STORE)
    if answer.status != NOT_MODIFIED:
        headers += ((b"content-type", answer.media), (b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
