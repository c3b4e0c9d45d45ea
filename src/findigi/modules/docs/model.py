"""What the documentation consists of: frozen data, free of HTTP, files and templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

Place: TypeAlias = Literal["header", "path", "query", "body", "answer"]
Status: TypeAlias = Literal["healthy", "incomplete", "failing"]
PLACES: tuple[Place, ...] = ("header", "path", "query", "body")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of an operation, or one field of its answer; those inside others by their path: `items[].amount`."""

    place: Place
    name: str
    type: str
    required: bool
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One refusal that an operation may give, with its cause, its fix and an answer as it looks on the wire."""

    status: int
    code: str
    cause: str
    fix: str
    example: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The same request in one language. `lexer` is the name of the highlighter's grammar."""

    language: str
    lexer: str
    code: str


@dataclass(frozen=True, slots=True)
class AnswerExample:
    """A success: its status and the body as it looks on the wire."""

    status: int
    media: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as its page shows it.

    `fields` are those of the answer; `extension` is true where the public specification does not list it.
    """

    method: str
    path: str
    id: str
    module: str
    module_slug: str
    summary: str
    description: str
    access: Literal["public", "user", "workspace"]
    role: str | None
    idempotent: bool
    extension: bool
    parameters: tuple[Parameter, ...]
    fields: tuple[Parameter, ...]
    request: str
    answers: tuple[AnswerExample, ...]
    errors: tuple[ErrorRow, ...]
    notes: tuple[str, ...]
    samples: tuple[Sample, ...]

    @property
    def href(self) -> str:
        """Where its page stands in the portal."""
        return f"/docs/api/{self.module_slug}/{self.id}"

    @property
    def public(self) -> bool:
        """True when no token is asked for."""
        return self.access == "public"

    def inputs(self) -> tuple[tuple[Place, tuple[Parameter, ...]], ...]:
        """The parameters by place, empty places left out."""
        found: list[tuple[Place, tuple[Parameter, ...]]] = []
        for place in PLACES:
            rows = tuple(row for row in self.parameters if row.place == place)
            if rows:
                found.append((place, rows))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Module:
    """A group of operations that belong together; its name is the OpenAPI tag."""

    slug: str
    name: str
    blurb: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of the error catalogue. `everywhere`: any operation may give the code, so none is listed."""

    code: str
    status: int
    cause: str
    fix: str
    operations: tuple[Operation, ...]
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of the portal that is not an operation's. `section` is where the manifest lists it."""

    title: str
    href: str
    summary: str
    section: Literal["navigation", "help_centre", "journeys"] = "navigation"


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One row of the search index; `words` is lower-case text to match against."""

    kind: Literal["operation", "module", "error", "guide"]
    title: str
    detail: str
    href: str
    words: str


@dataclass(frozen=True)
class Catalogue:
    """Everything that pages show. Modules come in reading order, operations in the order of their declaration."""

    base_url: str
    version: str
    modules: tuple[Module, ...]
    errors: tuple[CodeRow, ...]
    guides: tuple[Guide, ...]
    search: tuple[SearchRow, ...]

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, module by module."""
        return tuple(operation for module in self.modules for operation in module.operations)

    @cached_property
    def path_count(self) -> int:
        """How many paths the operations stand on."""
        return len({operation.path for operation in self.operations})

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], Operation]:
        return {(operation.module_slug, operation.id): operation for operation in self.operations}

    @cached_property
    def _by_route(self) -> Mapping[tuple[str, str], Operation]:
        return {(operation.method, operation.path): operation for operation in self.operations}

    def operation(self, module_slug: str, operation_id: str) -> Operation | None:
        """The operation of a page's address, or None."""
        return self._by_place.get((module_slug, operation_id))

    def at(self, method: str, path: str) -> Operation | None:
        """The operation of a method and a path template, or None where it does not exist (yet)."""
        return self._by_route.get((method, path))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the documentation's health depends on: how many of how many are right, and what is not."""

    ok: bool
    passed: int
    total: int
    detail: str
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the documentation.

    `healthy`: all is right. `incomplete`: what is served is documented, but operations of the specification are
    still missing. `failing`: something that is served is not documented as it should be.
    """

    status: Status
    generated_at: str
    route_count: int
    module_count: int
    path_count: int
    checks: Mapping[str, Check] = field(default_factory=dict[str, Check])

    @property
    def ok(self) -> bool:
        """False only where served operations are documented wrongly."""
        return self.status != "failing"
