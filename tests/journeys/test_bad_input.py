"""Whatever is sent: one error shape with the field's name, no fault of ours, and not a row is written."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import msgspec
import pytest
import pytest_asyncio
from tests.modules.bank import FUND, TRANSFERS, Bank, Party, transfer

from findigi.kernel import ids
from findigi.kernel.crypto import key_for
from findigi.kernel.http import Principal
from findigi.kernel.settings import Settings
from findigi.main import ENDPOINTS
from findigi.modules.identity.service.tokens import Tokens

JSON = {"content-type": "application/json"}
PATHS = sorted({endpoint.path for endpoint in ENDPOINTS})
FIELDS = ["error", "message", "details", "request_id"]


def refused(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    """One error shape, with the field's name where one field is at fault."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    body = answer.json()
    assert (list(body), body["error"]) == (FIELDS, code), answer.text
    assert body["message"]
    assert body["request_id"] == answer.headers["x-request-id"]
    for problem in body["details"]:
        assert set(problem) == {"field", "code", "message"}
    if field is not None:
        assert [problem["field"] for problem in body["details"]] == [field], answer.text


@pytest_asyncio.fixture
async def untouched(bank: Bank, party: Party) -> AsyncGenerator[Party]:
    """A workspace with money, whose rows are counted again afterwards."""
    await bank.fund(party.owner, party.test["IDR"], "1000000")
    await party.owner.wallet("Second")
    before = await bank.rows()
    yield party
    assert await bank.rows() == before
    await bank.books_are_right()


async def send(party: Party, content: bytes | str, **headers: str) -> httpx.Response:
    """A transfer request with that body, as it stands, and a key."""
    sent = party.owner.headers | JSON | {"idempotency-key": "bad-input"} | headers
    return await party.owner.http.post(TRANSFERS, content=content, headers=sent)


async def good(party: Party) -> dict[str, Any]:
    """A body that would move money."""
    second = next(row["id"] for row in await party.owner.items("/api/wallets") if row["name"] == "Second")
    return transfer(party.test["IDR"], second, "1")


AMOUNTS: list[object] = [
    "0", "0.00", "-1", "1e3", "1E3", "1.234", " 1", "1 ", "１", "٣", "1_000", "1,000", "0x10", "9" * 40, "9" * 38, "",  # noqa: RUF001
    "+1", ".5", "5.", "1.2.3", "NaN", "Infinity", "null", "\n1", "1\n", "1\u200b", "½", 1, 1.5, -1, True, None, ["1"],
    {"amount": "1"}, 10**400,
]  # fmt: skip


@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda amount: repr(amount)[:20])
async def test_an_amount_that_is_none(untouched: Party, amount: object) -> None:
    body = await good(untouched) | {"amount": amount}
    text = (
        msgspec.json.encode(body)
        if amount != 10**400
        else _text(body | {"amount": 0}).replace('": 0', '": 1' + "0" * 400)
    )
    refused(await send(untouched, text), 400, "VALIDATION_ERROR", "amount")


def _text(body: dict[str, Any]) -> str:
    return "{" + ", ".join(f'"{name}": {msgspec.json.encode(value).decode()}' for name, value in body.items()) + "}"


BROKEN: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("no JSON", b"amount=1"),
    ("half", b'{"amount": "1"'),
    ("a comma too many", b'{"amount": "1",}'),
    ("two values", b"{}{}"),
    ("a comment", b'{"amount": "1"} // please'),
    ("no UTF-8", b'{"amount": "\xff"}'),
    ("a raw control character", b'{"amount": "\x00"}'),
    ("an escaped NUL", rb'{"amount": "1\u0000"}'),
    ("half a surrogate pair", rb'{"description": "\ud800"}'),
    ("the other half", rb'{"description": "\udc00"}'),
    ("half a pair in UTF-8", b'{"description": "\xed\xa0\x80"}'),
    ("a mark before", b'\xef\xbb\xbf{"amount": "1"}'),
    ("UTF-16", '{"amount": "1"}'.encode("utf-16")),
    ("a list", b"[]"),
    ("null", b"null"),
    ("a text", b'"amount"'),
    ("a number", b"1"),
    ("NaN", b"NaN"),
    ("100,000 brackets", b"[" * 100_000 + b"]" * 100_000),
    ("100,000 braces", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    ("brackets that never close", b"[" * 100_000),
    ("brackets in a field", b'{"amount": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ("brackets in an unknown field", b'{"surprise": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
]


@pytest.mark.parametrize("raw", [raw for _, raw in BROKEN], ids=[name for name, _ in BROKEN])
async def test_a_body_that_is_none(untouched: Party, raw: bytes) -> None:
    refused(await send(untouched, raw), 400, "VALIDATION_ERROR")


async def test_an_unknown_field_is_named(untouched: Party) -> None:
    for name in ("surprise", "Amount", "amount ", "__proto__", "", "x" * 300):
        body = await good(untouched) | {name: "1"}
        refused(await send(untouched, msgspec.json.encode(body)), 400, "VALIDATION_ERROR", name)


async def test_a_field_given_twice_is_named(untouched: Party) -> None:
    text = _text(await good(untouched))
    for twice in ('"amount": "5"', '"amount": "1"', r'"\u0061mount": "5"'):
        refused(await send(untouched, text[:-1] + ", " + twice + "}"), 400, "VALIDATION_ERROR", "amount")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/jsonp"},
        {"content-type": ""},
        {"content-encoding": "gzip"},
    ],
)
async def test_another_media_type(untouched: Party, headers: dict[str, str]) -> None:
    body = msgspec.json.encode(await good(untouched))
    refused(await send(untouched, body, **headers), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_no_media_type(untouched: Party) -> None:
    body = msgspec.json.encode(await good(untouched))
    answer = await untouched.owner.http.post(TRANSFERS, content=body, headers=untouched.owner.headers)
    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_ten_megabytes(untouched: Party) -> None:
    body = msgspec.json.encode(await good(untouched) | {"description": "x" * 10_000_000})

    async def in_parts() -> AsyncGenerator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    refused(await send(untouched, body), 413, "PAYLOAD_TOO_LARGE")
    sent = untouched.owner.headers | JSON
    refused(await untouched.owner.http.post(TRANSFERS, content=in_parts(), headers=sent), 413, "PAYLOAD_TOO_LARGE")


def tokens_of(settings: Settings, party: Party) -> dict[str, tuple[str, str]]:
    """Tokens that are none, each with its code."""
    key, now = key_for(settings, "identity.token"), int(time.time())
    claims: dict[str, Any] = jwt.decode(party.owner.token, options={"verify_signature": False})
    past = datetime.now(UTC) - timedelta(hours=2)
    principal = Principal(ids.parse(ids.USER, claims["sub"]), ids.parse(ids.SESSION, claims["sid"]))
    head, body, signature = party.owner.token.split(".")

    def signed(**change: Any) -> str:
        return jwt.encode(claims | change, key, algorithm="HS256")

    return {
        "expired": (Tokens(settings).issue(principal, now=past, expires_at=past + timedelta(hours=1)), "TOKEN_EXPIRED"),
        "forged": (jwt.encode(claims, "x" * 32, algorithm="HS256"), "UNAUTHENTICATED"),
        "alg none": (jwt.encode(claims, "", algorithm="none"), "UNAUTHENTICATED"),
        "alg none, old signature": (jwt.encode(claims, "", algorithm="none") + signature, "UNAUTHENTICATED"),
        "another algorithm": (jwt.encode(claims, key, algorithm="HS512"), "UNAUTHENTICATED"),
        "another audience": (signed(aud="another-api"), "UNAUTHENTICATED"),
        "several audiences": (signed(aud=["findigi-api", "another"]), "UNAUTHENTICATED"),
        "another issuer": (signed(iss="another"), "UNAUTHENTICATED"),
        "another session": (signed(sid=ids.to_text(ids.SESSION, ids.new_id())), "UNAUTHENTICATED"),
        "another user": (signed(sub=ids.to_text(ids.USER, ids.new_id())), "UNAUTHENTICATED"),
        "no expiry": (jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, "HS256"), "UNAUTHENTICATED"),
        "an expiry that is none": (signed(exp="never"), "UNAUTHENTICATED"),
        "a subject that is none": (signed(sub=["a"], iat=now), "UNAUTHENTICATED"),
        "another body": (f"{head}.{body[:-4]}AAAA.{signature}", "UNAUTHENTICATED"),
        "no signature": (f"{head}.{body}.", "UNAUTHENTICATED"),
        "not a token": ("hello", "UNAUTHENTICATED"),
        "a long one": ("x" * 100_000, "UNAUTHENTICATED"),
        "dots": ("." * 50, "UNAUTHENTICATED"),
    }


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_token_that_is_none(untouched: Party, settings: Settings) -> None:
    body = msgspec.json.encode(await good(untouched))
    for name, (token, code) in tokens_of(settings, untouched).items():
        answer = await send(untouched, body, authorization=f"Bearer {token}")
        assert (name, answer.status_code, answer.json()["error"]) == (name, 401, code)
        refused(answer, 401, code)
    for value in ("", "Bearer", "Bearer ", f"Basic {untouched.owner.token}", untouched.owner.token, "Bearer \x7f"):
        refused(await send(untouched, body, authorization=value), 401, "UNAUTHENTICATED")


async def test_an_amount_that_the_faucet_does_not_take(untouched: Party) -> None:
    for amount in ("0", "-1", "1.234", 1, None, "9" * 40):
        answer = await untouched.owner.post(FUND, {"wallet_id": untouched.test["IDR"], "amount": amount})
        refused(answer, 400, "VALIDATION_ERROR", "amount")
