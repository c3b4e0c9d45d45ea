"""Wire shapes of identity."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.modules.identity.model import Person
from findigi.modules.identity.service.sign_in import SignedIn, Waiting

Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=320,
        description="Email address; case and surrounding blanks do not matter.",
        examples=["alex@example.com"],
    ),
]
NewPassword = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=200,
        description="At least 10 characters, none of the passwords that are guessed first, not made of your own data.",
        examples=["four-quiet-otters-sing"],
    ),
]
ChallengeId = Annotated[
    str,
    Meta(
        max_length=100,
        description="`challenge_id` of the login's answer.",
        examples=["chl_01k8m3v9fke5w8d0q6n4rjc7ta"],
    ),
]
Time = Annotated[str, Meta(description="RFC 3339, UTC, milliseconds.", examples=["2026-04-10T18:00:00.000Z"])]


class RegisterBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who registers."""

    email: Email
    password: NewPassword
    full_name: Annotated[str, Meta(min_length=1, max_length=200, description="Name.", examples=["Alex Tan"])]
    phone: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(description="Phone number, E.164.", examples=["+6281234567890"]),
    ] = None
    country: Annotated[
        Annotated[str, Meta(max_length=40)] | None, Meta(description="Country, ISO 3166-1 alpha-2.", examples=["ID"])
    ] = None


class LoginBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who signs in."""

    email: Email
    password: Annotated[
        str, Meta(min_length=1, max_length=200, description="The password.", examples=["four-quiet-otters-sing"])
    ]


class VerifyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The second step."""

    challenge_id: ChallengeId
    code: Annotated[
        str,
        Meta(pattern="^[0-9]{6}$", description="Six digits, mailed or from the authenticator.", examples=["482913"]),
    ]


class ResendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which login wants another code."""

    challenge_id: ChallengeId


class ForgotBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose password is lost."""

    email: Email


class ResetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The mailed token and the new password."""

    token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="The `token` of the mailed link.",
            examples=["q1yK0cJ8n6mJ3b1bQ9y2V4sT7uXwZ5eRrLhNfDgKaPo"],
        ),
    ]
    new_password: NewPassword


class TwoFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a login asks for a code, and where that comes from."""

    enabled: bool
    method: Literal["email", "totp"] | None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person."""

    id: Annotated[str, Meta(description="Findigi User ID.", examples=["usr_01k8m3v9fke5w8d0q6n4rjc7ta"])]
    email: str
    full_name: str
    phone: str | None
    country: str | None
    two_factor: TwoFactor
    created_at: Time


class SignedInAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A session has begun."""

    ok: bool = True
    access_token: Annotated[str, Meta(description="Send it as `Authorization: Bearer …`.")]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- the name of a scheme (RFC 6750), no secret
    expires_in: Annotated[int, Meta(description="Seconds for which the token is good.", examples=[3600])]
    user: User


class LoginAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either a session (`access_token`, `user`) or, with `two_factor_required`, a challenge that waits for a code."""

    ok: bool | UnsetType = UNSET
    expires_in: Annotated[int, Meta(description="Seconds for which the token or the challenge is good.")]
    access_token: str | UnsetType = UNSET
    token_type: Literal["Bearer"] | UnsetType = UNSET
    user: User | UnsetType = UNSET
    two_factor_required: bool | UnsetType = UNSET
    challenge_id: str | UnsetType = UNSET
    method: Literal["email", "totp"] | UnsetType = UNSET


class Resent(msgspec.Struct, frozen=True, kw_only=True):
    """A new code is on its way."""

    challenge_id: str
    method: Literal["email", "totp"]
    expires_in: Annotated[int, Meta(description="Seconds for which the challenge is still good.", examples=[540])]
    resend_after: Annotated[int, Meta(description="Seconds until the next code may be asked for.", examples=[30])]


class LinkSent(msgspec.Struct, frozen=True, kw_only=True):
    """The same for every address, so that nobody learns which have an account."""

    sent_to: Annotated[str, Meta(description="The address as we understood it.", examples=["alex@example.com"])]
    expires_in: Annotated[int, Meta(description="Seconds for which a link works.", examples=[1800])]


class PasswordSetItem(msgspec.Struct, frozen=True, kw_only=True):
    """The new password counts."""

    password_changed_at: Time
    sessions_ended: int


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The token no longer works."""

    session_id: str
    ended_at: Time


def user_of(person: Person) -> User:
    """The person as callers see it."""
    return User(
        id=ids.to_text(ids.USER, person.id),
        email=person.email,
        full_name=person.full_name,
        phone=person.phone,
        country=person.country,
        two_factor=TwoFactor(enabled=person.two_factor is not None, method=person.two_factor),
        created_at=to_text(person.created_at),
    )


def signed_in(begun: SignedIn) -> SignedInAnswer:
    """The answer of a registration or a finished second step."""
    return SignedInAnswer(access_token=begun.access_token, expires_in=begun.expires_in, user=user_of(begun.person))


def login_answer(result: SignedIn | Waiting) -> LoginAnswer:
    """The answer of a login, in its one shape or the other."""
    if isinstance(result, Waiting):
        return LoginAnswer(
            ok=True,
            two_factor_required=True,
            challenge_id=ids.to_text(ids.CHALLENGE, result.challenge_id),
            method=result.method,
            expires_in=result.expires_in,
        )
    return LoginAnswer(
        ok=True,
        access_token=result.access_token,
        token_type="Bearer",  # noqa: S106 -- the name of a scheme (RFC 6750), no secret
        expires_in=result.expires_in,
        user=user_of(result.person),
    )
