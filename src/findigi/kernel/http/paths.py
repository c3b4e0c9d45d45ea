"""Which path template a request's path belongs to: a tree of its segments, in which a literal wins over a parameter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    parameter: _Node | None = None
    template: str | None = None
    names: tuple[str, ...] = ()


class Paths:
    """The templates, such as `/api/wallets/{id}`. `find` takes as many steps as the path has segments."""

    def __init__(self, templates: Iterable[str]) -> None:
        """Raises ValueError when two templates differ only in the names of their parameters."""
        self._root = _Node()
        for template in templates:
            self._add(template)

    def find(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The template and the values of its parameters, or None. A parameter is one segment and never empty."""
        node: _Node | None = self._root
        values: list[str] = []
        for segment in path.split("/"):
            if node is None:
                return None
            literal = node.literals.get(segment)
            if literal is not None:
                node = literal
            else:
                node = node.parameter if segment else None
                values.append(segment)
        if node is None or node.template is None:
            return None
        return node.template, dict(zip(node.names, values, strict=True))

    def _add(self, template: str) -> None:
        node = self._root
        names: list[str] = []
        for segment in template.split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if node.template is not None:
            raise ValueError(f"{template} and {node.template} are one path")
        node.template, node.names = template, tuple(names)
