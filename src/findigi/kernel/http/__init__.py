"""HTTP: endpoints declared as data, one dispatcher that serves them, answers in one shape."""

from findigi.kernel.answer import Answer, Item, Items, created, done, item, items
from findigi.kernel.http.call import Call
from findigi.kernel.http.endpoint import (
    Access,
    Endpoint,
    Example,
    Handler,
    PathParameter,
    Routes,
)
from findigi.kernel.http.gate import Gate, Principal
from findigi.kernel.http.inputs import (
    NoBody,
    NoQuery,
    PageQuery,
    WorkspaceBody,
    WorkspaceQuery,
)
from findigi.kernel.http.serve import Dispatcher

__all__ = [
    "Access",
    "Answer",
    "Call",
    "Dispatcher",
    "Endpoint",
    "Example",
    "Gate",
    "Handler",
    "Item",
    "Items",
    "NoBody",
    "NoQuery",
    "PageQuery",
    "PathParameter",
    "Principal",
    "Routes",
    "WorkspaceBody",
    "WorkspaceQuery",
    "created",
    "done",
    "item",
    "items",
]
