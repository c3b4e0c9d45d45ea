"""Endpoints as data: what an operation takes, gives and refuses stands beside its handler and nowhere else.

Routing, authorisation, OpenAPI, the explorer and the tests all read these declarations.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias

import msgspec

from findigi.kernel.answer import Answer
from findigi.kernel.context import Role
from findigi.kernel.errors import Refusal
from findigi.kernel.http.call import Call
from findigi.kernel.http.inputs import NoBody, NoQuery

Handler: TypeAlias = Callable[[Call[Any, Any]], Awaitable[Answer]]
Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]


class Access(Enum):
    """Who may call: everybody, a signed-in user, or a member of the workspace that the request names."""

    PUBLIC = "public"
    USER = "user"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class PathParameter:
    """One `{name}` of a path: the id prefix it takes (empty for plain text), what it is, and an example."""

    prefix: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Example:
    """A request body and the answer it gives, as Python objects that are tested against the schemas."""

    answer: object
    request: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation of the API.

    `path` is OpenAPI's form (`/api/wallets/{id}`), `module` the OpenAPI tag, `name` the operationId.
    `role` is the weakest role that may call it. `client_in` names the path parameter that is the workspace's id,
    where it is one. `statuses` are the success statuses besides `status`.
    """

    method: Method
    path: str
    module: str
    name: str
    summary: str
    description: str
    access: Access
    handler: Handler
    answer: Any
    example: Example
    role: Role | None = None
    body: type[msgspec.Struct] = NoBody
    query: type[msgspec.Struct] = NoQuery
    path_parameters: dict[str, PathParameter] = field(default_factory=dict[str, PathParameter])
    status: int = 200
    statuses: tuple[int, ...] = ()
    errors: tuple[type[Refusal], ...] = ()
    notes: tuple[str, ...] = ()
    idempotent: bool = False
    client_in: str = ""
    media: str = "application/json"
    strict_rate: bool = False
    body_limit: int = 1_000_000


class Routes:
    """The endpoints of one module, in the order in which they are declared."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._endpoints: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints)

    def add(
        self,
        method: Method,
        path: str,
        *,
        module: str | None = None,
        access: Access = Access.WORKSPACE,
        **rest: Any,
    ) -> Callable[[Handler], Handler]:
        """Declares the decorated handler as an endpoint; `rest` are the fields of `Endpoint`.

        `name` is the handler's own name unless given.
        """

        def keep(handler: Handler) -> Handler:
            named: dict[str, Any] = {"name": handler.__name__} | rest
            self._endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    module=module or self.module,
                    access=access,
                    handler=handler,
                    **named,
                )
            )
            return handler

        return keep
