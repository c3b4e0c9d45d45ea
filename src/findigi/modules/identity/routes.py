"""The operations of Auth that need no workspace."""

from __future__ import annotations

from typing import Final

from findigi.gateways.mail import MailNotConfigured
from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.errors import InvalidState, NotFound, RateLimited, ServiceUnavailable, ValidationFailed
from findigi.kernel.http import Access, Answer, Call, Example, Item, NoBody, NoQuery, Routes, done, item
from findigi.modules.identity.errors import EmailTaken, InvalidCode, InvalidCredentials
from findigi.modules.identity.model import RESEND_AFTER, RESET_LIFE, normalise_email
from findigi.modules.identity.schemas import (
    ForgotBody,
    LinkSent,
    LoginAnswer,
    LoginBody,
    PasswordSetItem,
    RegisterBody,
    ResendBody,
    Resent,
    ResetBody,
    SessionEnded,
    SignedInAnswer,
    VerifyBody,
    login_answer,
    signed_in,
)
from findigi.modules.identity.service import recovery, sign_in

endpoints: Final = Routes("Auth")

_USER: Final = {
    "id": "usr_01k8m3v9fke5w8d0q6n4rjc7ta",
    "email": "alex@example.com",
    "full_name": "Alex Tan",
    "phone": "+6281234567890",
    "country": "ID",
    "two_factor": {"enabled": False, "method": None},
    "created_at": "2026-04-10T18:00:00.000Z",
}
_SIGNED_IN: Final = {
    "ok": True,
    "access_token": "<access_token>",
    "token_type": "Bearer",
    "expires_in": 3600,
    "user": _USER,
}
_CHALLENGE: Final = "chl_01k8m3v9fke5w8d0q6n4rjc7ta"


@endpoints.add(
    "POST",
    "/api/auth/register",
    access=Access.PUBLIC,
    strict_rate=True,
    summary="Create an account",
    description="Makes a user and signs them in at once. The user belongs to no workspace yet: create one with "
    "`POST /api/clients/onboard`, or be added to one by its owner or admin.",
    body=RegisterBody,
    answer=SignedInAnswer,
    status=201,
    errors=(ValidationFailed, EmailTaken, RateLimited, ServiceUnavailable),
    notes=(
        "Passwords are kept as Argon2id hashes. Common ones and ones made of your name or address are refused.",
        "An address that is taken answers 409 and says nothing about who took it.",
    ),
    example=Example(
        request={
            "email": "alex@example.com",
            "password": "four-quiet-otters-sing",
            "full_name": "Alex Tan",
            "phone": "+6281234567890",
            "country": "ID",
        },
        answer=_SIGNED_IN,
    ),
)
async def register(call: Call[RegisterBody, NoQuery]) -> Answer:
    """Makes a user."""
    body = call.body
    begun = await sign_in.register(
        call.ctx,
        email=body.email,
        password=body.password,
        full_name=body.full_name,
        phone=body.phone,
        country=body.country,
    )
    return done(signed_in(begun), 201)


@endpoints.add(
    "POST",
    "/api/auth/login",
    access=Access.PUBLIC,
    strict_rate=True,
    summary="Sign in with email and password",
    description="Gives an access token, or, for a user with two-factor sign-in, a challenge to answer with "
    "`POST /api/auth/login/2fa/verify`. An unknown address and a wrong password get the same answer.",
    body=LoginBody,
    answer=LoginAnswer,
    errors=(ValidationFailed, InvalidCredentials, RateLimited, ServiceUnavailable, MailNotConfigured),
    notes=(
        "After five failures the account waits 30 s, then twice as long each time, up to 15 minutes (`Retry-After`).",
        "The same holds, more generously, for the network address that the tries come from.",
        "With two-factor sign-in on, the answer has `two_factor_required` and `challenge_id` instead of the token.",
    ),
    example=Example(request={"email": "alex@example.com", "password": "four-quiet-otters-sing"}, answer=_SIGNED_IN),
)
async def login(call: Call[LoginBody, NoQuery]) -> Answer:
    """Begins a session or a challenge."""
    result = await sign_in.login(call.ctx, email=call.body.email, password=call.body.password)
    return done(login_answer(result))


@endpoints.add(
    "POST",
    "/api/auth/login/2fa/verify",
    access=Access.PUBLIC,
    strict_rate=True,
    name="verify_login",
    summary="Finish a login with a code",
    description="Takes the six digits that were mailed or that the authenticator app shows, and gives the access "
    "token. A challenge takes five tries within ten minutes and works once.",
    body=VerifyBody,
    answer=SignedInAnswer,
    errors=(ValidationFailed, InvalidCode, NotFound, RateLimited),
    notes=("In the sandbox the mailed code can be read with `GET /api/sandbox/mailbox`.",),
    example=Example(request={"challenge_id": _CHALLENGE, "code": "482913"}, answer=_SIGNED_IN),
)
async def verify_login(call: Call[VerifyBody, NoQuery]) -> Answer:
    """Ends a challenge with a session."""
    challenge_id = ids.parse(ids.CHALLENGE, call.body.challenge_id, "challenge")
    begun = await sign_in.verify(call.ctx, challenge_id=challenge_id, code=call.body.code)
    return done(signed_in(begun))


@endpoints.add(
    "POST",
    "/api/auth/login/2fa/resend",
    access=Access.PUBLIC,
    strict_rate=True,
    name="resend_login_code",
    summary="Mail another login code",
    description="Mails a new code for a login that waits for one, at most every 30 seconds. The code before it no "
    "longer works; the challenge keeps its end and its number of tries.",
    body=ResendBody,
    answer=Item[Resent],
    errors=(ValidationFailed, InvalidCode, NotFound, InvalidState, RateLimited, MailNotConfigured),
    example=Example(
        request={"challenge_id": _CHALLENGE},
        answer={
            "ok": True,
            "item": {"challenge_id": _CHALLENGE, "method": "email", "expires_in": 540, "resend_after": 30},
        },
    ),
)
async def resend_login_code(call: Call[ResendBody, NoQuery]) -> Answer:
    """Mails another code."""
    challenge_id = ids.parse(ids.CHALLENGE, call.body.challenge_id, "challenge")
    waiting = await sign_in.resend(call.ctx, challenge_id=challenge_id)
    return item(
        Resent(
            challenge_id=ids.to_text(ids.CHALLENGE, waiting.challenge_id),
            method=waiting.method,
            expires_in=waiting.expires_in,
            resend_after=int(RESEND_AFTER.total_seconds()),
        )
    )


@endpoints.add(
    "POST",
    "/api/auth/forgot-password",
    access=Access.PUBLIC,
    strict_rate=True,
    summary="Mail a link to set a new password",
    description="Answers the same for every address. Where it has an account, a mail with a link goes out that works "
    "once, for 30 minutes. An invited person who lost the invitation can use it as well.",
    body=ForgotBody,
    answer=Item[LinkSent],
    errors=(ValidationFailed, RateLimited, MailNotConfigured),
    notes=("At most five links an hour are mailed to one address.",),
    example=Example(
        request={"email": "alex@example.com"},
        answer={"ok": True, "item": {"sent_to": "alex@example.com", "expires_in": 1800}},
    ),
)
async def forgot_password(call: Call[ForgotBody, NoQuery]) -> Answer:
    """Queues the mail."""
    await recovery.forgot(call.ctx, email=call.body.email)
    return item(LinkSent(sent_to=normalise_email(call.body.email), expires_in=int(RESET_LIFE.total_seconds())))


@endpoints.add(
    "POST",
    "/api/auth/reset-password",
    access=Access.PUBLIC,
    strict_rate=True,
    summary="Set a new password with a mailed link",
    description="Takes the token of the link and the new password. The link is used up, all other links and all "
    "sessions of the user end, and a mail tells them of it. Sign in again afterwards.",
    body=ResetBody,
    answer=Item[PasswordSetItem],
    errors=(ValidationFailed, InvalidCode, RateLimited, ServiceUnavailable),
    example=Example(
        request={
            "token": "q1yK0cJ8n6mJ3b1bQ9y2V4sT7uXwZ5eRrLhNfDgKaPo",
            "new_password": "seven-bright-lamps-hum",
        },
        answer={
            "ok": True,
            "item": {"password_changed_at": "2026-04-10T18:00:00.000Z", "sessions_ended": 2},
        },
    ),
)
async def reset_password(call: Call[ResetBody, NoQuery]) -> Answer:
    """Sets a password."""
    result = await recovery.reset(call.ctx, token=call.body.token, new_password=call.body.new_password)
    return item(PasswordSetItem(password_changed_at=to_text(result.at), sessions_ended=result.sessions_ended))


@endpoints.add(
    "POST",
    "/api/auth/logout",
    access=Access.USER,
    summary="End this session",
    description="Ends the session of the token that the request carries. The token stops working at once, in every "
    "process; other sessions of the user go on.",
    answer=Item[SessionEnded],
    example=Example(
        answer={
            "ok": True,
            "item": {"session_id": "ses_01k8m3v9fke5w8d0q6n4rjc7ta", "ended_at": "2026-04-10T18:00:00.000Z"},
        }
    ),
)
async def logout(call: Call[NoBody, NoQuery]) -> Answer:
    """Ends a session."""
    session_id = await sign_in.logout(call.ctx)
    return item(SessionEnded(session_id=ids.to_text(ids.SESSION, session_id), ended_at=to_text(call.ctx.now)))
