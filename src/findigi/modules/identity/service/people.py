"""People for other modules: make, find, invite, sign out. All join the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from findigi.gateways import mail
from findigi.kernel import ids
from findigi.kernel.countries import check_country
from findigi.kernel.crypto import digest
from findigi.kernel.db import Tx
from findigi.kernel.settings import Settings
from findigi.modules.identity.errors import EmailTaken
from findigi.modules.identity.model import INVITE_LIFE, Person, check_full_name, check_phone, normalise_email
from findigi.modules.identity.model.letters import invitation
from findigi.modules.identity.store import people as store


async def create_user(
    tx: Tx,
    *,
    user_id: UUID,
    email: str,
    full_name: str,
    phone: str | None = None,
    country: str | None = None,
    password_hash: str | None = None,
    now: datetime,
) -> Person:
    """A new person; without a password hash (`Passwords.hash`) one who is invited and has yet to set a password.

    Refuses with 400 and the field's name, and with 409 when the address is taken.
    """
    person = await store.insert_user(
        tx,
        user_id=user_id,
        email=normalise_email(email),
        full_name=check_full_name(full_name),
        phone=None if phone is None else check_phone(phone),
        country=None if country is None else check_country(country),
        password_hash=password_hash,
        now=now,
    )
    if person is None:
        raise EmailTaken
    return person


async def find_user_by_email(tx: Tx, *, email: str) -> Person | None:
    """The person with that address, in whatever form it is written; refuses with 400 what is no address."""
    return await store.find_by_email(tx, email=normalise_email(email))


async def users_by_ids(tx: Tx, *, user_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """The people with those ids; unknown ids are left out."""
    return await store.find_many(tx, user_ids=user_ids)


async def invite(tx: Tx, *, settings: Settings, person: Person, workspace: str, now: datetime) -> None:
    """Mails a link with which the person sets the first password; it works once, for seven days.

    `workspace` is the name of what they are invited to. Refuses with 503 in production without a mail server.
    """
    token = secrets.token_urlsafe(32)
    await store.insert_link(
        tx,
        token_hash=digest(token),
        request_id=ids.new_id(),
        user_id=person.id,
        purpose="invite",
        now=now,
        expires_at=now + INVITE_LIFE,
    )
    link = password_link(settings, token)
    letter = invitation(person.full_name, workspace, link)
    await mail.post(
        tx,
        settings=settings,
        mail=mail.Mail(id=ids.new_id(), to=person.email, subject=letter.subject, text=letter.text, at=now, link=link),
    )


async def revoke_sessions(tx: Tx, *, user_id: UUID, now: datetime, but: UUID | None = None) -> int:
    """Ends all sessions of a user, `but` one if given, and gives how many.

    Every process hears of it within milliseconds of the commit; call `Sessions.distrust` in the own one besides.
    """
    return await store.end_sessions(tx, user_id=user_id, now=now, but=but)


def password_link(settings: Settings, token: str) -> str:
    """The page on which a password is set."""
    return f"{settings.public_url.rstrip('/')}/reset-password?token={token}"
