"""One request on its way through a handler."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from findigi.kernel import idempotency
from findigi.kernel.answer import Answer
from findigi.kernel.context import Ctx
from findigi.kernel.idempotency import Key

B = TypeVar("B", bound=msgspec.Struct)
Q = TypeVar("Q", bound=msgspec.Struct)
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Call(Generic[B, Q]):
    """The decoded request. `path` holds the path parameters as text, `accept` the media type asked for."""

    ctx: Ctx
    operation: str
    url: str
    body: B
    query: Q
    path: dict[str, str]
    idempotency_key: str | None
    accept: str
    headers: dict[bytes, bytes]

    def key(self) -> Key | None:
        """The request's idempotency key with its scope and fingerprint, or None when the caller sent none.

        The fingerprint covers path and decoded body, so that white space and the order of fields do not matter.
        """
        if self.idempotency_key is None:
            return None
        return Key(
            client_id=self.ctx.client_id or self.ctx.user,
            is_test=self.ctx.is_test,
            operation=self.operation,
            key=self.idempotency_key,
            request_hash=hashlib.sha256(self.url.encode() + b"\n" + _encode(self.body)).digest(),
        )

    async def once(self, work: Callable[[Ctx], Awaitable[Answer]]) -> Answer:
        """Runs `work` at most once per idempotency key, its effect and its recorded answer in one transaction."""
        key = self.key()
        if key is None:
            return await work(self.ctx)
        return await idempotency.once(self.ctx, key, work)
