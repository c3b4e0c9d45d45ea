"""Registration, login, its second step, and the end of a session."""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.db import Tx
from findigi.kernel.errors import InvalidState, RateLimited
from findigi.modules.identity.errors import InvalidCode, InvalidCredentials
from findigi.modules.identity.model import (
    CHALLENGE_LIFE,
    RESEND_AFTER,
    Challenge,
    Method,
    Person,
    check_full_name,
    check_password,
    normalise_email,
)
from findigi.modules.identity.service import tries, two_factor
from findigi.modules.identity.service.passwords import Passwords
from findigi.modules.identity.service.people import create_user
from findigi.modules.identity.service.sessions import Sessions
from findigi.modules.identity.store import people as people_store
from findigi.modules.identity.store import sign_in as store


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session has begun: its token, and for how many seconds that is good."""

    person: Person
    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The password was right; a code is needed within `expires_in` seconds."""

    challenge_id: UUID
    method: Method
    expires_in: int


async def register(
    ctx: Ctx, *, email: str, password: str, full_name: str, phone: str | None, country: str | None
) -> SignedIn:
    """A new person with a session. Refuses with 400 per field, and with 409 when the address is taken."""
    check_password(password, email=normalise_email(email), full_name=check_full_name(full_name))
    password_hash = await ctx.runtime.part(Passwords).hash(password)
    async with ctx.transaction() as tx:
        person = await create_user(
            tx,
            user_id=ids.new_id(),
            email=email,
            full_name=full_name,
            phone=phone,
            country=country,
            password_hash=password_hash,
            now=ctx.now,
        )
        return await _begin(tx, ctx, person)


async def login(ctx: Ctx, *, email: str, password: str) -> SignedIn | Waiting:
    """A session, or the challenge of the second step.

    An unknown address and a wrong password are refused alike, after the same work; repeated failures with 429.
    """
    email = normalise_email(email)
    async with ctx.transaction() as tx:
        await tries.take_login(tx, email=email, address=ctx.address, now=ctx.now)
        stored = await people_store.password_of(tx, email=email)
    verdict = await ctx.runtime.part(Passwords).verify(stored.password_hash if stored else None, password)
    if not verdict.right or stored is None or stored.password_hash is None:
        raise InvalidCredentials
    async with ctx.transaction() as tx:
        # a reset may have changed the password while the old one was checked
        if await people_store.lock_password(tx, user_id=stored.user_id) != stored.password_hash:
            raise InvalidCredentials
        await tries.right_login(tx, email=email, address=ctx.address)
        if verdict.rehashed is not None:
            await people_store.rehash(tx, user_id=stored.user_id, old=stored.password_hash, new=verdict.rehashed)
        person = await _person(tx, stored.user_id)
        if person.two_factor is None:
            return await _begin(tx, ctx, person)
        challenge_id = await two_factor.open_challenge(
            tx, settings=ctx.runtime.settings, person=person, method=person.two_factor, now=ctx.now
        )
        return Waiting(challenge_id, person.two_factor, int(CHALLENGE_LIFE.total_seconds()))


async def verify(ctx: Ctx, *, challenge_id: UUID, code: str) -> SignedIn:
    """Ends the challenge with a session. Refuses with 401 INVALID_CODE; too many wrong codes with 429."""
    async with ctx.transaction() as tx:
        challenge = await _open_one(tx, ctx, challenge_id)
        await tries.take_code(tx, user_id=challenge.user_id, now=ctx.now)
        right = await two_factor.is_right(
            tx, settings=ctx.runtime.settings, challenge=challenge, code=code, now=ctx.now
        )
        if right:
            await store.use_challenge(tx, challenge_id=challenge.id, now=ctx.now)
            await tries.right_code(tx, user_id=challenge.user_id)
            return await _begin(tx, ctx, await _person(tx, challenge.user_id))
        await store.count_code_try(tx, challenge_id=challenge.id)
    raise InvalidCode  # outside, so that the try stays counted


async def resend(ctx: Ctx, *, challenge_id: UUID) -> Waiting:
    """Mails a new code. Refuses with 401 when nothing waits, with 409 for an authenticator, with 429 within 30 s."""
    async with ctx.transaction() as tx:
        challenge = await _open_one(tx, ctx, challenge_id)
        if challenge.method != "email":
            raise InvalidState("This login waits for the code of an authenticator app; none is mailed.")
        wait = math.ceil((challenge.sent_at + RESEND_AFTER - ctx.now).total_seconds())
        if wait > 0:
            raise RateLimited(f"A code was sent just now; ask for another in {wait} s.", retry_after=wait)
        person = await _person(tx, challenge.user_id)
        await two_factor.renew_code(
            tx, settings=ctx.runtime.settings, person=person, challenge_id=challenge.id, now=ctx.now
        )
        return Waiting(challenge.id, challenge.method, int((challenge.expires_at - ctx.now).total_seconds()))


async def logout(ctx: Ctx) -> UUID:
    """Ends the session of the request's token and gives its id."""
    if ctx.session_id is None:
        raise RuntimeError("this endpoint has no session")
    async with ctx.transaction() as tx:
        await people_store.end_session(tx, session_id=ctx.session_id, user_id=ctx.user, now=ctx.now)
    ctx.runtime.part(Sessions).distrust(ctx.user, ctx.now)
    return ctx.session_id


async def _begin(tx: Tx, ctx: Ctx, person: Person) -> SignedIn:
    token, expires_in = await ctx.runtime.part(Sessions).open(tx, ctx=ctx, user_id=person.id)
    return SignedIn(person, token, expires_in)


async def _open_one(tx: Tx, ctx: Ctx, challenge_id: UUID) -> Challenge:
    challenge = await store.lock_challenge(tx, challenge_id=challenge_id)
    if challenge is None or not challenge.is_open(ctx.now):
        raise InvalidCode("This login no longer waits for a code. Sign in again with POST /api/auth/login.")
    return challenge


async def _person(tx: Tx, user_id: UUID) -> Person:
    return (await people_store.find_many(tx, user_ids=[user_id]))[user_id]
