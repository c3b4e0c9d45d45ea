"""Workspaces and memberships: data and pure rules."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from findigi.kernel.context import Role
from findigi.kernel.countries import check_country
from findigi.kernel.errors import Forbidden, ValidationFailed
from findigi.kernel.money import ASSETS

Kind: TypeAlias = Literal["individual", "company"]
Status: TypeAlias = Literal["created", "active"]
ApprovalMode: TypeAlias = Literal["off", "single", "dual", "policy"]
VerificationStatus: TypeAlias = Literal["not_started", "in_progress", "submitted", "approved", "rejected"]

_NAME_MOST: Final = 200
_NUMBER_MOST: Final = 64
_CONTROL: Final = frozenset({"Cc", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A workspace: the company or person that money belongs to."""

    id: UUID
    name: str
    kind: Kind
    country: str
    base_currency: str
    registration_number: str | None
    tax_id: str | None
    status: Status
    approval_mode: ApprovalMode
    verification_status: VerificationStatus
    created_at: datetime
    onboarded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user's place in a workspace."""

    user_id: UUID
    role: Role
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDetails:
    """What is asked about a new workspace. `checked` refuses with 400 and the field's name."""

    name: str
    kind: Kind
    country: str
    base_currency: str
    registration_number: str | None = None
    tax_id: str | None = None

    def checked(self) -> ClientDetails:
        """The same, cleaned: single blanks, nothing that no name or number has, known country and currency."""
        asset = ASSETS.get(self.base_currency)
        if asset is None or asset.kind != "fiat":
            known = ", ".join(code for code, asset in ASSETS.items() if asset.kind == "fiat")
            raise ValidationFailed.of(
                "base_currency", f"base_currency must be a currency that we keep: {known}.", "UNKNOWN_CURRENCY"
            )
        return ClientDetails(
            name=_clean(self.name, "name", _NAME_MOST),
            kind=self.kind,
            country=check_country(self.country),
            base_currency=asset.code,
            registration_number=_optional(self.registration_number, "registration_number"),
            tax_id=_optional(self.tax_id, "tax_id"),
        )


def may_change(*, actor: Role, now: Role | None, wanted: Role | None) -> None:
    """Refuses with 403: only an owner makes owners, or changes or removes one. None stands for no membership."""
    if actor is not Role.owner and Role.owner in (now, wanted):
        raise Forbidden("Only an owner may make, change or remove an owner of this workspace.")


def _optional(text: str | None, field: str) -> str | None:
    return None if text is None else _clean(text, field, _NUMBER_MOST)


def _clean(text: str, field: str, most: int) -> str:
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(clean) <= most:
        raise ValidationFailed.of(field, f"{field} must have 1 to {most} characters.", "LENGTH")
    if any(unicodedata.category(char) in _CONTROL or char in "<>" for char in clean):
        raise ValidationFailed.of(field, f"{field} holds characters that do not belong there.", "CHARACTERS")
    return clean
