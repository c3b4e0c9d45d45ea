"""Random requests to every endpoint, made from its declared shapes: valid-looking ones and mutated ones.

Whatever comes, it is no fault of ours: an error has the error shape and a declared status, a success is what the
endpoint declares.
"""

from __future__ import annotations

import asyncio
import re
import types
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from msgspec import Meta
from tests.journeys.test_who_may import things
from tests.modules.bank import Bank, Party

from findigi.kernel.errors import ErrorBody, catalogue
from findigi.kernel.http import Access, Endpoint, NoBody, NoQuery
from findigi.kernel.http.inputs import meta_of
from findigi.main import ENDPOINTS

REQUESTS = 40
ID = re.compile(r"[a-z]{2,5}_[0-9a-z]{26}")
STATUS_OF = {entry.code: entry.status for entry in catalogue()}
ODD_TEXTS = [
    "", " ", "0", "-1", "1e309", "NaN", "null", "true", "'", '"', "\\", "%", "_", "../..", "\x00", "\x7f", "\u202e",
    "é", "💸", "a" * 5000, "wal_", "wal_" + "z" * 26, "wal_" + "0" * 26, "0001-01-01T00:00:00+14:00", "a@b", "=1+1",
    "9999-12-31T23:59:59-14:00", "WzFd", "WyJ4Il0", "IDR", "SGD", "ID", "owner", "9" * 40,
]  # fmt: skip
SELDOM_GIVEN = {"login", "verify_login", "resend_login_code", "reset_password", "put_client_user"}
"""These want a secret that no random request has, or fields that exclude each other."""
texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=30))
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: ids that exist, and whether odd values are mixed in."""

    known: list[str]
    odd: bool = False

    def text(self, examples: tuple[Any, ...]) -> st.SearchStrategy[str]:
        """Texts like the examples; for an example id, ids of its kind that exist."""
        likely: list[str] = []
        for example in map(str, examples):
            of_its_kind = ID.fullmatch(example) and [each for each in self.known if each.startswith(example[:4])]
            likely += of_its_kind or [example]
        chosen = st.sampled_from(likely or ["1", "Text"])
        return st.one_of(chosen, st.sampled_from(self.known), texts) if self.odd else chosen


def values_of(hint: Any, source: Source, examples: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """JSON values that the type takes, or nearly."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        found = tuple(each for note in notes if isinstance(note, Meta) for each in note.examples or ())
        return values_of(inner, source, found or examples)
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of(*(values_of(each, source, examples) for each in get_args(hint)))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) in (list, tuple):
        return st.lists(values_of(get_args(hint)[0], source), min_size=0 if source.odd else 2, max_size=4)
    return plain_values(hint, source, examples)


def plain_values(hint: type, source: Source, examples: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """The same for a type that is not made of others."""
    if issubclass(hint, Enum):
        return st.sampled_from([each.value for each in hint])
    if issubclass(hint, msgspec.Struct):
        return bodies_of(hint, source)
    plain: dict[type, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.one_of(st.integers(1, 100), st.integers()) if source.odd else st.integers(1, 100),
        datetime: st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    }
    return plain[hint] if hint in plain else source.text(examples)


def bodies_of(shape: type[msgspec.Struct], source: Source) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the shape: what is required is there, the rest may be."""
    hints = get_type_hints(shape, include_extras=True)
    needed: dict[str, st.SearchStrategy[Any]] = {}
    free: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(shape):
        meta = meta_of(shape).get(field.name)
        made = values_of(hints[field.name], source, tuple(meta.examples or ()) if meta else ())
        (needed if field.required else free)[field.encode_name] = made
    return st.fixed_dictionaries(needed, optional=free)


@st.composite
def mutated(draw: st.DrawFn, shape: type[msgspec.Struct], source: Source) -> Any:
    """A body of the shape; an odd one with one thing wrong."""
    body = draw(bodies_of(shape, source))
    if not source.odd:
        return body
    what = draw(st.sampled_from(["odd values", "other value", "less", "more", "other"]))
    name = draw(st.sampled_from(sorted(body))) if body else ""
    if what == "other value" and name:
        body[name] = draw(junk)
    elif what == "less" and name:
        del body[name]
    elif what == "more":
        body[draw(texts)] = draw(junk)
    elif what == "other":
        return draw(junk)
    return body


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@st.composite
def requests_of(draw: st.DrawFn, endpoint: Endpoint, known: list[str]) -> dict[str, Any]:
    """What httpx is to send, without who asks. Half of the requests are as the endpoint wants them."""
    source = Source(known, odd=draw(st.booleans()))
    path, headers = endpoint.path, dict[str, str]()
    for name, parameter in endpoint.path_parameters.items():
        value = draw(source.text((parameter.example,)).filter(bool))
        path = path.replace("{" + name + "}", quote(value, safe=""))
    query = draw(bodies_of(endpoint.query, source))
    if source.odd and draw(st.booleans()):
        query[draw(texts)] = draw(texts)
    made: dict[str, Any] = {"method": endpoint.method, "headers": headers}
    pairs = {name: text_of(value) for name, value in query.items() if value is not None}
    made["url"] = path + ("?" + urlencode(pairs) if pairs else "")
    if endpoint.method != "GET":
        made["content"] = msgspec.json.encode(draw(mutated(endpoint.body, source)))
        headers["content-type"] = "application/json"
    if endpoint.idempotent and draw(st.booleans()):
        keys = ["one", "two", "", "x" * 256] if source.odd else ["one", "two", "three"]
        headers["idempotency-key"] = draw(st.sampled_from(keys))
    modes = ["true", "false", "maybe", ""] if source.odd else ["true"]
    headers["x-findigi-is-test"] = draw(st.sampled_from(modes))
    headers["accept"] = draw(st.sampled_from(["text/csv", "application/json", "*/*"]))
    return made


def check(endpoint: Endpoint, answer: httpx.Response) -> str:
    """The answer is one that the endpoint declares; gives its code, or that of its success."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["x-request-id"]
    if answer.status_code < 400:
        assert answer.status_code in (endpoint.status, *endpoint.statuses)
        if answer.headers["content-type"] == "application/json" == endpoint.media:
            msgspec.json.decode(answer.content, type=endpoint.answer)
        return "success"
    told = msgspec.json.decode(answer.content, type=ErrorBody, strict=True)
    assert set(answer.json()) == {"error", "message", "details", "request_id"}
    assert STATUS_OF[told.error] == answer.status_code
    assert told.message
    return told.error


async def what_exists(bank: Bank, party: Party) -> list[str]:
    """Ids of one of each thing in the workspace, and of one of another's."""
    owner, other = party.owner, await bank.party(name="Beta")
    await bank.fund(owner, party.test["IDR"], "1000000")
    found = await things(owner, party.test["IDR"])
    me = (await owner.item("/api/auth/me"))["id"]
    accounts = [entry["account_id"] for entry in found["entries"]]
    own = [found[name] for name in ("client", "wallet", "empty", "transfer", "journal", "draft")]
    return [*own, *accounts, party.live["IDR"], other.test["IDR"], other.owner.client, me]


def sent_by(endpoint: Endpoint, known: list[str]) -> list[dict[str, Any]]:
    """The requests of one run, the same in every run."""
    made: list[dict[str, Any]] = []

    @seed(endpoint.name)
    @settings(
        max_examples=REQUESTS, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(requests_of(endpoint, known))
    def collect(request: dict[str, Any]) -> None:
        made.append(request)

    collect()
    return made


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
async def test_no_request_is_a_fault_of_ours(bank: Bank, party: Party, endpoint: Endpoint) -> None:
    known = await what_exists(bank, party)
    requests = await asyncio.to_thread(sent_by, endpoint, known)
    assert len(requests) >= 25
    signed = {} if endpoint.access is Access.PUBLIC else {"authorization": f"Bearer {party.owner.token}"}
    seen: set[str] = set()
    for request in requests:
        async with bank.browser() as http:  # each from an address of its own, since strict limits count by address
            request["headers"] |= signed
            try:
                seen.add(check(endpoint, await http.request(**request)))
            except (AssertionError, msgspec.MsgspecError) as error:
                pytest.fail(f"{request}: {error}")
    # they reach behind the first check
    assert len(seen) > 1 or (endpoint.body is NoBody and endpoint.query is NoQuery), seen
    assert "success" in seen or endpoint.name in SELDOM_GIVEN, seen
    await bank.books_are_right()
