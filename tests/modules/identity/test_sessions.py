"""Who is behind a token: forged, foreign and old ones, revocation over processes, and what a request costs."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from tests.modules.house import Clock, House, error_of, open_house

from findigi.kernel import ids
from findigi.kernel.clock import utc_now
from findigi.kernel.crypto import key_for
from findigi.kernel.errors import Unauthenticated
from findigi.kernel.settings import Settings
from findigi.modules import identity
from findigi.modules.identity.service import recovery
from findigi.modules.identity.store import people as store

ME = "/api/auth/me"


@pytest.fixture
async def other(settings: Settings, clock: Clock, house: House) -> AsyncGenerator[House]:
    """A second process on the same database."""
    async with open_house(settings, clock) as opened:
        yield opened


class Reads:
    """Counts how often sessions are read from the database, and waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._find = store.find_session
        monkeypatch.setattr(store, "find_session", self._counted)

    async def _counted(self, tx: Any, **rest: Any) -> Any:
        self.count += 1
        return await self._find(tx, **rest)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed_with_sha512(body: str, key: bytes) -> str:
    head = encoded({"alg": "HS512", "typ": "JWT"})
    signature = hmac.digest(key, f"{head}.{body}".encode(), "sha512")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def test_the_token_says_what_it_must_and_no_more(house: House) -> None:
    _, token, user = await house.signed_up()
    claims = claims_of(token)
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("findigi", "findigi-api", user["id"])
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(token)["alg"] == "HS256"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another-api"},
        {"aud": ["findigi-api", "another-api"]},
        {"iss": "somebody"},
        {"sub": "usr_nonsense"},
        {"sub": None},
        {"sid": None},
        {"exp": None},
        {"iat": None},
        {"exp": "tomorrow"},
    ],
)
async def test_a_wrong_claim_is_refused_though_we_signed_it(house: House, change: dict[str, Any]) -> None:
    _, token, _ = await house.signed_up()
    claims = {name: value for name, value in (claims_of(token) | change).items() if value is not None}
    ours = jwt.encode(claims, key_for(house.runtime.settings, "identity.token"), algorithm="HS256")
    assert error_of(await house.get(ME, token=ours), 401) == "UNAUTHENTICATED"


async def test_forged_tokens_are_refused(house: House) -> None:
    _, token, _ = await house.signed_up()
    head, body, signature = token.split(".")
    claims = claims_of(token)
    key = key_for(house.runtime.settings, "identity.token")
    forged = {
        "alg none": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "alg None": f"{encoded({'alg': 'None', 'typ': 'JWT'})}.{body}.{signature}",
        "another key": jwt.encode(claims, b"k" * 32, algorithm="HS256"),
        "another algorithm": signed_with_sha512(body, key),
        "another body": f"{head}.{encoded(claims | {'sub': ids.to_text(ids.USER, ids.new_id())})}.{signature}",
        "no signature": f"{head}.{body}.",
        "cut": token[:-2],
        "not one": "nonsense",
        "long": "x" * 40_000,
    }
    for what, text in forged.items():
        assert error_of(await house.get(ME, token=text), 401) == "UNAUTHENTICATED", what
    assert (await house.get(ME, token=token)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc"])
async def test_no_bearer_token_is_refused(house: House, header: str) -> None:
    assert error_of(await house.get(ME, authorization=header), 401) == "UNAUTHENTICATED"


async def test_an_old_token_is_expired_also_when_it_was_seen_before(house: House) -> None:
    _, token, _ = await house.signed_up()
    house.clock.forward(seconds=3590)
    assert (await house.get(ME, token=token)).status_code == 200
    house.clock.forward(seconds=11)
    assert error_of(await house.get(ME, token=token), 401) == "TOKEN_EXPIRED"


async def test_a_session_that_never_was_is_refused(house: House) -> None:
    _, token, _ = await house.signed_up()
    claims = claims_of(token) | {"sid": ids.to_text(ids.SESSION, ids.new_id())}
    ours = jwt.encode(claims, key_for(house.runtime.settings, "identity.token"), algorithm="HS256")
    assert error_of(await house.get(ME, token=ours), 401) == "UNAUTHENTICATED"


async def test_a_session_of_another_person_is_refused(house: House) -> None:
    _, token, _ = await house.signed_up()
    _, _, stranger = await house.signed_up()
    claims = claims_of(token) | {"sub": stranger["id"]}
    ours = jwt.encode(claims, key_for(house.runtime.settings, "identity.token"), algorithm="HS256")
    assert error_of(await house.get(ME, token=ours), 401) == "UNAUTHENTICATED"


async def test_a_known_session_is_not_read_again(house: House, reads: Reads) -> None:
    _, token, _ = await house.signed_up()
    for _ in range(10):
        assert (await house.get(ME, token=token)).status_code == 200
    assert reads.count == 1
    house.clock.forward(seconds=31)
    await house.get(ME, token=token)
    assert reads.count == 2


async def test_an_end_in_one_process_ends_it_in_the_other(house: House, other: House, reads: Reads) -> None:
    _, token, user = await house.signed_up()
    for process in (house, other):
        assert (await process.get(ME, token=token)).status_code == 200
    seen = reads.count
    assert (await other.get(ME, token=token)).status_code == 200
    assert reads.count == seen
    async with house.runtime.database.transaction() as tx:
        user_id = ids.parse(ids.USER, user["id"])
        heard = other.news_of(user_id)
        assert await identity.revoke_sessions(tx, user_id=user_id, now=house.clock.now()) == 1
    async with asyncio.timeout(10):
        await heard.wait()
    assert error_of(await other.get(ME, token=token), 401) == "UNAUTHENTICATED"


async def test_an_end_that_is_rolled_back_is_none(house: House) -> None:
    _, token, user = await house.signed_up()
    database = house.runtime.database

    async def fail_after_it() -> None:
        async with database.transaction() as tx:
            await identity.revoke_sessions(tx, user_id=ids.parse(ids.USER, user["id"]), now=house.clock.now())
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_it()
    assert (await house.get(ME, token=token)).status_code == 200


async def test_one_session_can_be_spared(house: House) -> None:
    _, token, user = await house.signed_up()
    session_id = ids.parse(ids.SESSION, claims_of(token)["sid"])
    async with house.runtime.database.transaction() as tx:
        user_id = ids.parse(ids.USER, user["id"])
        ended = await identity.revoke_sessions(tx, user_id=user_id, now=house.clock.now(), but=session_id)
    assert ended == 0
    assert (await house.get(ME, token=token)).status_code == 200


async def test_while_nothing_is_heard_every_request_reads(house: House, reads: Reads) -> None:
    _, token, _ = await house.signed_up()
    await house.get(ME, token=token)
    house.runtime.database.hears = False
    for _ in range(3):
        assert (await house.get(ME, token=token)).status_code == 200
    assert reads.count == 4
    async with house.runtime.database.transaction() as tx:
        await tx.run("update identity_session set ended_at = $1", house.clock.now())  # tells nobody
    assert error_of(await house.get(ME, token=token), 401) == "UNAUTHENTICATED"


async def test_what_was_read_before_a_change_is_not_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ends while it is being read must not be remembered as living."""
    _, token, user = await house.signed_up()
    sessions = house.runtime.part(identity.Sessions)
    find = store.find_session
    heard = house.news_of(ids.parse(ids.USER, user["id"]))

    async def slow(tx: Any, **rest: Any) -> Any:
        found = await find(tx, **rest)
        async with house.runtime.database.transaction() as ending:
            await identity.revoke_sessions(ending, user_id=ids.parse(ids.USER, user["id"]), now=utc_now())
        async with asyncio.timeout(10):
            await heard.wait()
        return found

    monkeypatch.setattr(store, "find_session", slow)
    await sessions.principal(token, utc_now())
    monkeypatch.setattr(store, "find_session", find)
    with pytest.raises(Unauthenticated):
        await sessions.principal(token, utc_now())


async def test_last_seen_moves_at_most_once_a_minute(house: House) -> None:
    _, token, _ = await house.signed_up()
    sql = "select last_seen_at - created_at from identity_session"
    await house.get(ME, token=token)
    async with house.runtime.database.reading() as tx:
        assert await tx.value(sql) == timedelta(0)
    house.clock.forward(minutes=5)
    await house.get(ME, token=token)
    async with house.runtime.database.reading() as tx:
        assert timedelta(minutes=5) <= await tx.value(sql) < timedelta(minutes=6)


async def test_what_is_over_is_cleared(house: House) -> None:
    await house.signed_up()
    await house.post("/api/auth/login", {"email": "nobody@example.com", "password": "not-the-password"})
    counts = "select (select count(*) from identity_session), (select count(*) from identity_tries)"
    for days, left in ((1, (1, 2)), (92, (0, 0))):
        async with house.runtime.database.transaction() as tx:
            await recovery.forget_old(tx, now=house.clock.now() + timedelta(days=days))
            row = await tx.row(counts)
            assert row is not None
            assert tuple(row) == left
