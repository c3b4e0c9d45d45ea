"""Requests whose body is fine: ids, headers, parameters, methods and paths that are not. Nothing is written."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio
from tests.journeys.test_bad_input import PATHS, refused
from tests.modules.bank import TRANSFERS, Bank, Party, transfer

from findigi.kernel import ids

LISTS = ("/api/transactions", "/api/wallets", "/api/ledger/accounts", "/api/ledger/journals", "/api/clients")


@pytest_asyncio.fixture
async def untouched(bank: Bank, party: Party) -> AsyncGenerator[Party]:
    """A workspace with money, whose rows are counted again afterwards."""
    await bank.fund(party.owner, party.test["IDR"], "1000000")
    await bank.fund_live(party.owner, party.live["IDR"], "IDR", 1_000_000)
    before = await bank.rows()
    yield party
    assert await bank.rows() == before


async def test_wallets_of_others_and_of_the_other_mode(bank: Bank, party: Party) -> None:
    other, own, live = await bank.party(name="Beta"), party.test["IDR"], party.live["IDR"]
    for each in (party, other):
        await bank.fund(each.owner, each.test["IDR"], "100")
        await bank.fund_live(each.owner, each.live["IDR"], "IDR", 10_000)
    closed = (await party.owner.wallet("Closed"))["id"]
    assert (await party.owner.post(f"/api/wallets/{closed}/close")).status_code == 200
    before = await bank.rows()
    cases = [
        (party.owner, other.test["IDR"], own, 404, "NOT_FOUND"),
        (party.owner, live, own, 404, "NOT_FOUND"),
        (party.owner, own, live, 404, "NOT_FOUND"),
        (party.owner.live(), own, live, 404, "NOT_FOUND"),
        (party.owner.live(), live, own, 404, "NOT_FOUND"),
        (party.owner.live(), live, other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, own, closed, 409, "INVALID_STATE"),
        (party.owner, closed, own, 409, "INVALID_STATE"),
        (party.owner, own, own, 400, "VALIDATION_ERROR"),
        (party.owner, "acc" + own[3:], other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, own.upper(), other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, own + "0", other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, "", other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, "wal_" + "é" * 26, other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, "wal_" + "٣" * 26, other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, "wal_8" + "0" * 25, other.test["IDR"], 404, "NOT_FOUND"),
        (party.owner, "x" * 100_000, other.test["IDR"], 404, "NOT_FOUND"),
    ]
    for member, source, destination, status, code in cases:
        answer = await member.post(TRANSFERS, transfer(source, destination))
        assert (source[:40], destination[:40], answer.status_code) == (source[:40], destination[:40], status)
        refused(answer, status, code)
    assert await bank.rows() == before


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb", "a\x00b", "a\x7fb", "キー", "a\r\nb"])
async def test_an_idempotency_key_that_is_none(untouched: Party, key: str) -> None:
    body = transfer(untouched.test["IDR"], untouched.test["USD"])
    headers = [
        *((name.encode(), value.encode()) for name, value in untouched.owner.headers.items()),
        (b"idempotency-key", key.encode()),
    ]
    answer = await untouched.owner.http.post(TRANSFERS, json=body, headers=headers)
    refused(answer, 400, "VALIDATION_ERROR", "Idempotency-Key")


async def test_the_longest_key_is_taken(bank: Bank, party: Party) -> None:
    await bank.fund(party.owner, party.test["IDR"], "1")
    second = (await party.owner.wallet("Second"))["id"]
    for key in ("x" * 255, "!", " a b ~"):
        answer = await party.owner.post(
            TRANSFERS, transfer(party.test["IDR"], second, "0.01"), **{"idempotency-key": key}
        )
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("surprise=1", "surprise"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=5&limit=5", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=" + "A" * 501, "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("cursor=%F0%9F%92%B8", "cursor"),
        ("cursor=WyIiLCIiLCIiXQ", "cursor"),
        ("cursor=WzFlNDAwXQ", "cursor"),
        ("cursor=%00", "cursor"),
    ],
)
async def test_a_parameter_that_is_none(untouched: Party, query: str, field: str) -> None:
    for path in LISTS:
        refused(await untouched.owner.get(f"{path}?{query}"), 400, "VALIDATION_ERROR", field)


@pytest.mark.parametrize("query", ["limit=%FF", "%FF=1", "\xff", "&".join(f"a{n}=1" for n in range(51))])
async def test_a_query_that_is_none(untouched: Party, query: str) -> None:
    refused(await untouched.owner.get(f"/api/transactions?{query}"), 400, "VALIDATION_ERROR")


async def test_a_well_formed_request_id_comes_back(untouched: Party) -> None:
    for sent in ("req_12345678", "A.b-c_9" + "x" * 93, "00000000"):
        for path in ("/api/wallets", "/api/nothing", "/api/wallets?surprise=1"):
            answer = await untouched.owner.get(path, **{"x-request-id": sent})
            assert answer.headers["x-request-id"] == sent
            assert answer.json().get("request_id", sent) == sent


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 101, "has blanks in it", "quote'quote", "ünïcödeünï", "a\nbcdefgh"]
)
async def test_a_malformed_request_id_is_replaced(untouched: Party, sent: str) -> None:
    headers = [
        *((name.encode(), value.encode()) for name, value in untouched.owner.headers.items()),
        (b"x-request-id", sent.encode()),
    ]
    answer = await untouched.owner.http.get("/api/nothing", headers=headers)
    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
    refused(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize("value", ["yes", "TRUE ", "2", "test", "ja"])
async def test_a_mode_that_is_none(untouched: Party, value: str) -> None:
    answer = await untouched.owner.get("/api/wallets", **{"x-findigi-is-test": value})
    refused(answer, 400, "VALIDATION_ERROR", "x-findigi-is-test")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "PROPFIND"])
async def test_a_method_that_no_path_takes(untouched: Party, method: str) -> None:
    for path in PATHS:
        answer = await untouched.owner.call(method, re.sub(r"\{\w+\}", "x", path), {})
        refused(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"]


async def test_head_is_get_without_the_body(untouched: Party) -> None:
    for path, status in (("/api/wallets", 200), ("/api/openapi.json", 200), ("/api/nothing", 404), (TRANSFERS, 405)):
        got = await untouched.owner.get(path)
        head = await untouched.owner.call("HEAD", path)
        assert (head.status_code, head.content) == (status, b""), path
        assert head.headers["content-type"] == "application/json"
        if status == 200:
            assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing", "/api/wallets/a/b/c", "/api/wallets/%2e%2e/x/y", "/api/%00",
     "/api/" + "x" * 10_000, "/api/" + "a/" * 3000, "/api/Wallets", "/api/wallets;a=b", "/api/%ff"],
)  # fmt: skip
async def test_a_path_that_is_not_there(untouched: Party, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        refused(await untouched.owner.call(method, path, {}), 404, "NOT_FOUND")


async def test_an_id_of_another_kind_in_the_path(untouched: Party) -> None:
    other = ids.to_text(ids.OPERATION, ids.new_id())
    for path in PATHS:
        if "{" in path and "{id}" in path:
            for value in (other, "x", "%00", "%ff", "..%2f", "x" * 5000, "wal_", "'--"):
                answer = await untouched.owner.get(path.replace("{id}", value))
                assert answer.status_code in (404, 405), (path, value, answer.text)
                refused(answer, answer.status_code, answer.json()["error"])


async def test_a_header_of_ours_sent_twice_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/api/wallets", headers=[("x-findigi-is-test", "true"), ("x-findigi-is-test", "false"), ("accept", "*/*")]
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == "x-findigi-is-test"
