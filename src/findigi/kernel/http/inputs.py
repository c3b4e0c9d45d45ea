"""What requests carry: base shapes of bodies and queries, and the decoding that turns bad input into clear refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from findigi.kernel.errors import ValidationFailed
from findigi.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT

S = TypeVar("S", bound=msgspec.Struct)

ClientId = Annotated[
    str | None,
    Meta(
        description="The workspace. Left out: your only one, else 400 `CLIENT_REQUIRED`. "
        "The header `x-findigi-client-id` serves as well.",
        examples=["cli_01k8m3v9fke5w8d0q6n4rjc7ta"],
    ),
]


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For operations that take no body: an empty object or nothing."""


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For operations that take no query parameters."""


class WorkspaceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the bodies of workspace operations."""

    client_id: ClientId = None


class WorkspaceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the queries of workspace operations."""

    client_id: ClientId = None


class PageQuery(WorkspaceQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the queries of lists."""

    limit: Annotated[
        int,
        Meta(ge=1, le=MAX_LIMIT, description="How many rows a page has.", examples=[20]),
    ] = DEFAULT_LIMIT
    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None,  # a bound stands on the text, not on the choice of text or null
        Meta(description="`next_cursor` of the page before; left out for the first page."),
    ] = None


_AT = re.compile(r" - at `(?P<at>.*)`$")
_FIELD = re.compile(r"field `(?P<name>[^`]*)`")
_PLAIN = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "str | null": "a string or null",
}


def decode_body(raw: bytes, shape: type[S]) -> S:
    """The JSON body as `shape`. Broken JSON and unknown, missing, repeated or wrongly typed fields are refused."""
    if b"\\u0000" in raw:
        raise ValidationFailed("The body holds the character U+0000, which no field takes; remove it.")
    try:
        body = msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise refusal_of(str(error), shape) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValidationFailed(f"The body is not valid JSON: {error}.") from None
    except RecursionError:
        raise ValidationFailed("The body is nested too deeply; no operation takes more than a few levels.") from None
    if raw:
        # msgspec takes the last of two, others the first (RFC 8259 section 4): which was meant is not ours to say
        _see_twins(raw.decode())
    return body


def _refuse_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise ValidationFailed.of(name, f"{name} is given twice; send it once.", "GIVEN_TWICE")
        seen.add(name)


_see_twins = json.JSONDecoder(object_pairs_hook=_refuse_twins, parse_int=str, parse_float=str).decode


def decode_query(raw: bytes, shape: type[S]) -> S:
    """The query string as `shape`; a name given twice, an unknown one or U+0000 is refused."""
    return cast("S", _decode_query(raw, shape))


@lru_cache(maxsize=1024)  # shapes are frozen, and callers ask the same again and again
def _decode_query(raw: bytes, shape: type[msgspec.Struct]) -> msgspec.Struct:
    if not raw:
        return msgspec.convert({}, shape, strict=False)
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=50,
        )
    except (UnicodeDecodeError, ValueError):
        raise ValidationFailed("The query string is not valid: send UTF-8, percent-encoded.") from None
    for name, value in pairs:
        if name in found:
            raise ValidationFailed.of(name, f"{name} is given twice; send it once.")
        if "\x00" in value:
            raise ValidationFailed.of(name, f"{name} holds the character U+0000; remove it.")
        found[name] = value
    try:
        return msgspec.convert(found, shape, strict=False)
    except msgspec.ValidationError as error:
        raise refusal_of(str(error), shape, what="query parameter") from None


def refusal_of(text: str, shape: type[msgspec.Struct], *, what: str = "field") -> ValidationFailed:
    """Turns msgspec's sentence into ours: the field by its path, what it takes, and an example."""
    at = _AT.search(text)
    path = (at["at"] if at else "$").removeprefix("$").replace("[...]", ".*").lstrip(".")
    path = re.sub(r"\[(\d+)\]", r".\1", path)
    text = _AT.sub("", text)
    name = _FIELD.search(text)
    if text.startswith("Object contains unknown field") and name:
        field = f"{path}.{name['name']}" if path else name["name"]
        known = ", ".join(f.encode_name for f in msgspec.structs.fields(shape))
        hint = f" It takes: {known}." if not path and known else ""
        return ValidationFailed.of(field, f"{field} is not a {what} of this operation.{hint}", "UNKNOWN_FIELD")
    if text.startswith("Object missing required field") and name:
        field = f"{path}.{name['name']}" if path else name["name"]
        return ValidationFailed.of(field, f"{field} is required.{_hint(shape, field)}", "REQUIRED")
    field = path or "body"
    return ValidationFailed.of(field, f"{field}: {_wanted(text)}.{_hint(shape, field)}")


def _wanted(text: str) -> str:
    kinds = re.fullmatch(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`", text)
    if kinds:
        want = _PLAIN.get(kinds["want"], kinds["want"])
        return f"it must be {want}, not {_PLAIN.get(kinds['got'], kinds['got'])}"
    if "matching regex" in text:
        return "it does not have the form that this field takes"
    return text.replace("Expected `str` of length", "it must be text of length").rstrip(".")


def _hint(shape: type[msgspec.Struct], field: str) -> str:
    meta = meta_of(shape).get(field.partition(".")[0])
    if meta is None or "." in field:
        return ""
    example = f" Example: {msgspec.json.encode(meta.examples[0]).decode()}." if meta.examples else ""
    return f" {meta.description or ''}".rstrip() + example


def meta_of(shape: type[msgspec.Struct]) -> Mapping[str, Meta]:
    """The annotations of a shape's fields by name: description, examples, bounds."""
    found: dict[str, Meta] = {}
    hints: dict[str, Any] = get_type_hints(shape, include_extras=True)
    for name, hint in hints.items():
        for part in get_args(hint):
            if isinstance(part, Meta):
                found[name] = part
    return found
