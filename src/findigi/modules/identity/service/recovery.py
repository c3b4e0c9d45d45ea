"""A lost password: a mailed link that works once, and what setting a new password ends."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from findigi.gateways import mail
from findigi.kernel import ids
from findigi.kernel.context import Ctx
from findigi.kernel.crypto import digest, seal, unseal
from findigi.kernel.db import Tx
from findigi.kernel.jobs import enqueue
from findigi.kernel.settings import Settings
from findigi.modules.identity.errors import InvalidCode
from findigi.modules.identity.model import LINKS_PER_HOUR, RESET_LIFE, Person, check_password, normalise_email
from findigi.modules.identity.model.letters import password_changed, reset_link
from findigi.modules.identity.service import tries
from findigi.modules.identity.service.passwords import Passwords
from findigi.modules.identity.service.people import password_link
from findigi.modules.identity.service.sessions import Sessions
from findigi.modules.identity.store import people as store
from findigi.modules.identity.store import sign_in as sign_in_store

SEND_RESET: Final = "identity.send_reset"
_PURPOSE: Final = "identity.send_reset"
_BOUND: Final = b"job"
_ENDED_KEPT: Final = timedelta(days=90)
_TRIES_KEPT: Final = timedelta(days=2)
_BAD_LINK: Final = "This link was used before or is too old. Ask for a new one with POST /api/auth/forgot-password."


class ResetAsked(msgspec.Struct, frozen=True):
    """The payload of the job: somebody says that this address forgot its password."""

    request_id: UUID
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """When the new password was set, and how many sessions that ended."""

    at: datetime
    sessions_ended: int


async def forgot(ctx: Ctx, *, email: str) -> None:
    """Queues the mail. Whether the address has an account is looked up by the job, so the answer cannot tell."""
    mail.check_configured(ctx.runtime.settings)
    asked = ResetAsked(ids.new_id(), normalise_email(email), ctx.now)
    payload = seal(ctx.runtime.settings, _PURPOSE, msgspec.msgpack.encode(asked), bound_to=_BOUND)
    async with ctx.transaction() as tx:
        await enqueue(tx, SEND_RESET, payload)


async def send_reset(tx: Tx, *, settings: Settings, payload: bytes) -> None:
    """The job: writes a link and queues its mail, once per request, where there is such an account."""
    opened = unseal(settings, _PURPOSE, payload, bound_to=_BOUND)
    asked = msgspec.msgpack.decode(opened, type=ResetAsked)
    person = await store.find_by_email(tx, email=asked.email)
    if person is None:
        return
    sent = await store.count_reset_links(tx, user_id=person.id, since=asked.at - timedelta(hours=1))
    if sent >= LINKS_PER_HOUR:
        return
    token = secrets.token_urlsafe(32)
    fresh = await store.insert_link(
        tx,
        token_hash=digest(token),
        request_id=asked.request_id,
        user_id=person.id,
        purpose="reset",
        now=asked.at,
        expires_at=asked.at + RESET_LIFE,
    )
    if fresh:
        link = password_link(settings, token)
        letter = reset_link(person.full_name, link)
        await mail.post(tx, settings=settings, mail=_letter(person, letter.subject, letter.text, asked.at, link))


async def reset(ctx: Ctx, *, token: str, new_password: str) -> PasswordSet:
    """Sets a new password with a mailed link and ends all sessions.

    Refuses with 401 INVALID_CODE for a link that does not work, with 400 for a password that may not be.
    """
    token_hash = digest(token)
    async with ctx.reading() as tx:
        user_id = await store.find_link(tx, token_hash=token_hash, now=ctx.now)
        if user_id is None:
            raise InvalidCode(_BAD_LINK)
        person = (await store.find_many(tx, user_ids=[user_id]))[user_id]
    check_password(new_password, email=person.email, full_name=person.full_name, field="new_password")
    password_hash = await ctx.runtime.part(Passwords).hash(new_password)
    async with ctx.transaction() as tx:
        ended = await _set(tx, ctx, person, token_hash, password_hash)
    ctx.runtime.part(Sessions).distrust(person.id, ctx.now)
    return PasswordSet(ctx.now, ended)


async def _set(tx: Tx, ctx: Ctx, person: Person, token_hash: bytes, password_hash: str) -> int:
    # the person's row first: two links of one person at once must not wait for each other
    await store.set_password(tx, user_id=person.id, password_hash=password_hash, now=ctx.now)
    if await store.use_link(tx, token_hash=token_hash, now=ctx.now) is None:
        raise InvalidCode(_BAD_LINK)
    await store.void_links(tx, user_id=person.id, now=ctx.now)
    # challenges before sessions: a code that is being checked right now either fails or its session is ended too
    await sign_in_store.void_challenges(tx, user_id=person.id, now=ctx.now)
    ended = await store.end_sessions(tx, user_id=person.id, now=ctx.now, but=None)
    await tries.forgive_account(tx, email=person.email)
    letter = password_changed(person.full_name)
    await mail.post(tx, settings=ctx.runtime.settings, mail=_letter(person, letter.subject, letter.text, ctx.now))
    return ended


def _letter(person: Person, subject: str, text: str, at: datetime, link: str | None = None) -> mail.Mail:
    return mail.Mail(id=ids.new_id(), to=person.email, subject=subject, text=text, at=at, link=link)


async def forget_old(tx: Tx, *, now: datetime) -> None:
    """Deletes sessions and links 90 days after their end, and challenges and tries after two; a daily job calls it."""
    await store.forget(tx, before=now - _ENDED_KEPT)
    await sign_in_store.forget(tx, before=now - _TRIES_KEPT)
    await mail.forget_old(tx, now=now)
