"""JSON Schema of the declared shapes: components with tidy names, parameters, and rows for tables.

The dialect is that of OpenAPI 3.1, which is JSON Schema 2020-12, as msgspec writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias, cast, get_origin

import msgspec

from findigi.kernel.errors import ErrorBody
from findigi.kernel.http import Endpoint, NoBody, NoQuery
from findigi.kernel.money import AMOUNT_PATTERN
from findigi.modules.docs.model import Parameter, Place

Json: TypeAlias = dict[str, Any]
PREFIX = "#/components/schemas/"
DEEPEST = 5
_ENVELOPES = {"Item": "Answer", "Items": "List"}


class Shapes:
    """The schemas of all endpoints. `components` holds every named one under its tidy name."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._kinds: list[Any] = [ErrorBody]
        for endpoint in endpoints:
            self._kinds.extend(_kinds_of(endpoint))
        schemas, components = msgspec.json.schema_components(self._kinds, ref_template=PREFIX + "{name}")
        names = _tidy({name: str(schema.get("title", name)) for name, schema in components.items()})
        self.components: Json = {
            names[name]: _tidy_component(cast("Json", _renamed(schema, names)), names[name])
            for name, schema in components.items()
        }
        self._schemas = [cast("Json", _renamed(schema, names)) for schema in schemas]
        self._promise_all_fields()

    def of(self, kind: Any) -> Json:
        """The schema of a declared type, most often a reference to a component."""
        return self._schemas[next(i for i, known in enumerate(self._kinds) if known is kind or known == kind)]

    def resolve(self, schema: Json) -> Json:
        """The schema itself where `schema` is a reference."""
        while "$ref" in schema:
            inner = self.components[str(schema["$ref"]).removeprefix(PREFIX)]
            schema = {**inner, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def rows(self, kind: Any, place: Place) -> tuple[Parameter, ...]:
        """The fields of a shape as table rows, nested ones by their path."""
        return tuple(self._rows(self.of(kind), place, "", 0))

    def _rows(self, schema: Json, place: Place, prefix: str, depth: int) -> Iterator[Parameter]:
        schema = self.resolve(schema)
        needed: list[str] = schema.get("required", [])
        for name, raw in cast("Json", schema.get("properties", {})).items():
            inner = self.resolve(without_null(raw))
            yield Parameter(
                place,
                prefix + name,
                self.type_text(inner),
                name in needed,
                str(raw.get("description") or inner.get("description", "")),
                _example_text(raw, inner),
            )
            if depth < DEEPEST:
                yield from self._inner_rows(inner, place, prefix + name, depth + 1)

    def _inner_rows(self, schema: Json, place: Place, name: str, depth: int) -> Iterator[Parameter]:
        if "items" in schema:
            yield from self._inner_rows(self.resolve(without_null(schema["items"])), place, f"{name}[]", depth)
        elif "properties" in schema:
            yield from self._rows(schema, place, f"{name}.", depth)
        else:
            for choice in cast("list[Json]", schema.get("anyOf", [])):
                yield from self._inner_rows(self.resolve(choice), place, name, depth)

    def type_text(self, schema: Json) -> str:
        """The type in words: `string, up to 140 characters`, `list of objects`, `one of single, dual`."""
        schema = self.resolve(without_null(schema))
        if "enum" in schema:
            return "one of " + ", ".join(str(value) for value in schema["enum"])
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(self.type_text(choice) for choice in schema["anyOf"]))
        kind = str(schema.get("type", "any"))
        if kind == "array":
            return "list of " + _plural(self.type_text(schema.get("items", {})))
        return _bounded(kind, schema)

    def _promise_all_fields(self) -> None:
        """Answers always carry all their fields; without saying so, generated clients would treat each as optional."""
        inputs = self._reached(self.of(kind) for kind in self._kinds if _is_input(kind))
        optional = _sometimes_absent(self._kinds)
        for name, component in self.components.items():
            if name in inputs or "properties" not in component:
                continue
            absent = optional.get(str(component.get("title", "")), frozenset[str]())
            component["required"] = [field for field in component["properties"] if field not in absent]

    def _reached(self, roots: Iterable[Json]) -> set[str]:
        found: set[str] = set()
        waiting = [name for root in roots for name in references(root)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(references(self.components[name]))
        return found


def references(node: object) -> Iterator[str]:
    """The names of the schema components that a piece of a document points to."""
    if isinstance(node, dict):
        for key, value in cast("Json", node).items():
            if key == "$ref" and isinstance(value, str) and value.startswith(PREFIX):
                yield value.removeprefix(PREFIX)
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            yield from references(value)


def without_null(schema: Json) -> Json:
    """The schema of a value that is sent: null stands for leaving it out, so it is not shown as a choice."""
    choices = cast("list[Json] | None", schema.get("anyOf"))
    if choices is None:
        return schema
    left = [choice for choice in choices if choice.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def query_parameters(shapes: Shapes, kind: type[msgspec.Struct]) -> list[Json]:
    """The query's fields as OpenAPI parameters."""
    if kind is NoQuery:
        return []
    schema = shapes.resolve(shapes.of(kind))
    needed: list[str] = schema.get("required", [])
    found: list[Json] = []
    for name, raw in cast("Json", schema.get("properties", {})).items():
        inner = without_null(raw)
        parameter: Json = {"name": name, "in": "query", "required": name in needed}
        description = raw.get("description") or shapes.resolve(inner).get("description")
        if description:
            parameter["description"] = description
        parameter["schema"] = {key: value for key, value in inner.items() if key not in ("description", "examples")}
        if inner.get("examples"):
            parameter["example"] = inner["examples"][0]
        found.append(parameter)
    return found


def _kinds_of(endpoint: Endpoint) -> Iterator[Any]:
    yield endpoint.answer
    if endpoint.body is not NoBody:
        yield endpoint.body
    if endpoint.query is not NoQuery:
        yield endpoint.query


def _is_input(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and _forbids_unknown(kind)


def _forbids_unknown(kind: type[msgspec.Struct]) -> bool:
    return kind.__struct_config__.forbid_unknown_fields


def _sometimes_absent(kinds: Iterable[Any]) -> dict[str, frozenset[str]]:
    """By title: the fields that an answer may lack, which are those declared UNSET or dropped as defaults."""
    found: dict[str, frozenset[str]] = {}
    waiting: list[object] = list(msgspec.inspect.multi_type_info(kinds))
    seen: dict[int, object] = {}  # keeps what it has seen, so that no later object gets the same id
    while waiting:
        info = waiting.pop()
        if id(info) in seen:
            continue
        seen[id(info)] = info
        if isinstance(info, msgspec.inspect.StructType):
            drops = cast("type[msgspec.Struct]", get_origin(info.cls) or info.cls).__struct_config__.omit_defaults
            found[_title(info.cls)] = frozenset(
                field.encode_name for field in info.fields if not field.required and (drops or _is_unset(field))
            )
            waiting.extend(field.type for field in info.fields)
        elif isinstance(info, msgspec.inspect.UnionType):
            waiting.extend(info.types)
        else:
            for part in ("item_type", "value_type", "type"):
                inner = getattr(info, part, None)
                if isinstance(inner, msgspec.inspect.Type):
                    waiting.append(inner)
            waiting.extend(getattr(info, "item_types", ()))
    return found


def _is_unset(field: msgspec.inspect.Field) -> bool:
    """UNSET is the only default that inspection does not report."""
    return field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT


def _title(kind: object) -> str:
    """The schema's own title. Envelopes, whose name differs per content, have no field that may be absent."""
    return "" if get_origin(kind) else str(getattr(kind, "__name__", ""))


def _tidy(titles: dict[str, str]) -> dict[str, str]:
    """`Item[Wallet]` becomes `WalletAnswer`, `Items[Wallet]` `WalletList`; others keep a title that is unique."""
    names: dict[str, str] = {}
    for name, title in titles.items():
        tidy = _tidy_title(title)
        names[name] = tidy if tidy not in names.values() else re.sub(r"\W+", "_", name).strip("_")
    return names


def _tidy_title(title: str) -> str:
    envelope = re.fullmatch(r"(\w+)\[(.+)\]", title)
    if envelope is None:
        return "Error" if title == ErrorBody.__name__ else re.sub(r"\W+", "_", title).strip("_")
    words: list[str] = re.findall(r"\w+", re.sub(r"[\w.]+\.", "", envelope[2]))
    inner = "".join(word[:1].upper() + word[1:] for word in words).removesuffix("Item")
    return inner + _ENVELOPES.get(envelope[1], envelope[1])


def _tidy_component(schema: Json, name: str) -> Json:
    """The envelopes' docstrings describe the envelope; a reader wants to know what is inside."""
    title = str(schema.get("title", ""))
    if title.startswith("Item["):
        schema["description"] = f"One {name.removesuffix('Answer')}."
    elif title.startswith("Items["):
        schema["description"] = f"A page of a list of {name.removesuffix('List')}; `next_cursor` leads to the next."
    return schema


def _renamed(node: object, names: dict[str, str]) -> object:
    if isinstance(node, dict):
        return {
            key: PREFIX + names[value.removeprefix(PREFIX)]
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, names)
            for key, value in cast("Json", node).items()
        }
    if isinstance(node, list | tuple):
        return [_renamed(value, names) for value in cast("list[object]", node)]
    return node


def _plural(text: str) -> str:
    first, comma, rest = text.partition(",")
    return f"{first}s{comma}{rest}" if first in ("string", "object", "integer", "number") else text


def _bounded(kind: str, schema: Json) -> str:
    if schema.get("pattern") == AMOUNT_PATTERN:
        return "decimal string"
    text = f"{schema['format']} string" if "format" in schema and kind == "string" else kind
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        return f"{text}, {_span(low, high, '')}"
    short, long = schema.get("minLength"), schema.get("maxLength")
    if short is not None or long is not None:
        return f"{text}, {_span(short, long, ' characters')}"
    return text


def _span(low: int | None, high: int | None, unit: str) -> str:
    if low is None or high is None:
        return f"at least {low}{unit}" if high is None else f"up to {high}{unit}"
    return f"{high}{unit}" if low == high else f"{low} to {high}{unit}"


def _example_text(*schemas: Json) -> str:
    for schema in schemas:
        if schema.get("examples"):
            value = schema["examples"][0]
            return value if isinstance(value, str) else msgspec.json.encode(value).decode()
    for schema in schemas:
        default = schema.get("default")
        if default is not None and not isinstance(default, dict | list):
            return default if isinstance(default, str) else msgspec.json.encode(default).decode()
    return ""
