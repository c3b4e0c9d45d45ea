"""The second step of a login: mailed codes and authenticator apps (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
from pyotp.totp import TOTP

from findigi.gateways import mail
from findigi.kernel import ids
from findigi.kernel.crypto import fingerprint, seal, unseal
from findigi.kernel.db import Tx
from findigi.kernel.errors import InvalidState
from findigi.kernel.settings import Settings
from findigi.modules.identity.errors import InvalidCode
from findigi.modules.identity.model import CHALLENGE_LIFE, Challenge, Method, Person, TotpEnrolment
from findigi.modules.identity.model.letters import login_code
from findigi.modules.identity.store import people as people_store
from findigi.modules.identity.store import sign_in as store

_CODE_PURPOSE: Final = "identity.login_code"
_TOTP_PURPOSE: Final = "identity.totp"
_STEP_SECONDS: Final = 30
_STEPS: Final = (0, -1, 1)  # RFC 6238 section 5.2: one step of clock drift either way


async def open_challenge(tx: Tx, *, settings: Settings, person: Person, method: Method, now: datetime) -> UUID:
    """A login that waits for a code; mails it where the method is email."""
    challenge_id = ids.new_id()
    code_hash = None
    if method == "email":
        code_hash = await _mail_code(tx, settings=settings, person=person, challenge_id=challenge_id, now=now)
    await store.insert_challenge(
        tx,
        challenge_id=challenge_id,
        user_id=person.id,
        method=method,
        code_hash=code_hash,
        now=now,
        expires_at=now + CHALLENGE_LIFE,
    )
    return challenge_id


async def renew_code(tx: Tx, *, settings: Settings, person: Person, challenge_id: UUID, now: datetime) -> None:
    """Mails a new code for an open challenge; the old one no longer works."""
    code_hash = await _mail_code(tx, settings=settings, person=person, challenge_id=challenge_id, now=now)
    await store.renew_code(tx, challenge_id=challenge_id, code_hash=code_hash, now=now)


async def is_right(tx: Tx, *, settings: Settings, challenge: Challenge, code: str, now: datetime) -> bool:
    """Whether the code belongs to the challenge; an authenticator's code is used up by a yes."""
    if challenge.method == "totp":
        return await use_totp(tx, settings=settings, user_id=challenge.user_id, code=code, now=now)
    hashed = fingerprint(settings, _CODE_PURPOSE, challenge.id.bytes, code.encode())
    return challenge.code_hash is not None and hmac.compare_digest(challenge.code_hash, hashed)


async def use_totp(tx: Tx, *, settings: Settings, user_id: UUID, code: str, now: datetime) -> bool:
    """Whether the authenticator shows this code now; each works once."""
    sealed = await store.totp_of(tx, user_id=user_id)
    if sealed is None:
        return False
    secret = unseal(settings, _TOTP_PURPOSE, sealed, bound_to=user_id.bytes).decode()
    totp = TOTP(secret)
    present = int(now.timestamp()) // _STEP_SECONDS
    for offset in _STEPS:
        if hmac.compare_digest(totp.generate_otp(present + offset).encode(), code.encode()):
            return await store.use_step(tx, user_id=user_id, step=present + offset)
    return False


async def enable_email_two_factor(tx: Tx, *, user_id: UUID) -> None:
    """From now on a login asks for a mailed code."""
    await people_store.set_two_factor(tx, user_id=user_id, method="email")


async def enrol_totp(tx: Tx, *, settings: Settings, person: Person, now: datetime) -> TotpEnrolment:
    """A new authenticator secret (160 bits, RFC 4226 section 4), which counts once `confirm_totp` has seen a code.

    Refuses with 409 while another is in use: who holds a session must not be able to put theirs in its place.
    """
    secret = pyotp.random_base32(32)
    sealed = seal(settings, _TOTP_PURPOSE, secret.encode(), bound_to=person.id.bytes)
    if not await store.put_totp(tx, user_id=person.id, secret_sealed=sealed, now=now):
        raise InvalidState("An authenticator is in use already; turn it off before you add another.")
    uri = TOTP(secret).provisioning_uri(name=person.email, issuer_name="finDIGI")
    return TotpEnrolment(secret, uri)


async def confirm_totp(tx: Tx, *, settings: Settings, user_id: UUID, code: str, now: datetime) -> None:
    """Turns the authenticator on; refuses with 401 INVALID_CODE when the code is not one it shows now."""
    if not await use_totp(tx, settings=settings, user_id=user_id, code=code, now=now):
        raise InvalidCode
    await store.confirm_totp(tx, user_id=user_id, now=now)
    await people_store.set_two_factor(tx, user_id=user_id, method="totp")


async def _mail_code(tx: Tx, *, settings: Settings, person: Person, challenge_id: UUID, now: datetime) -> bytes:
    code = f"{secrets.randbelow(10**6):06d}"
    letter = login_code(person.full_name, code)
    await mail.post(
        tx,
        settings=settings,
        mail=mail.Mail(id=ids.new_id(), to=person.email, subject=letter.subject, text=letter.text, at=now, code=code),
    )
    return fingerprint(settings, _CODE_PURPOSE, challenge_id.bytes, code.encode())
