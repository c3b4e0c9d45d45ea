"""Wire shapes of clients."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.context import Role
from findigi.kernel.http import WorkspaceBody
from findigi.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from findigi.modules.clients.model import (
    ApprovalMode,
    Client,
    ClientDetails,
    Kind,
    Status,
    VerificationStatus,
)
from findigi.modules.clients.service import Membership, MyClient
from findigi.modules.identity import Person

RoleName = Annotated[
    Literal["owner", "admin", "maker", "checker", "viewer"],
    Meta(description="owner > admin > maker > checker > viewer.", examples=["maker"]),
]
RoleOrNone = Annotated[
    Literal["owner", "admin", "maker", "checker", "viewer", "none"],
    Meta(description="The role to have from now on; `none` removes the person.", examples=["checker"]),
]
Email = Annotated[
    str,
    Meta(min_length=3, max_length=320, description="Email address of the person.", examples=["dewi@example.com"]),
]
FullName = Annotated[
    str, Meta(min_length=1, max_length=200, description="Name of the person.", examples=["Dewi Lestari"])
]
Time = Annotated[str, Meta(description="RFC 3339, UTC, milliseconds.", examples=["2026-04-10T18:00:00.000Z"])]


class MineQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page of a list that belongs to the caller, not to a workspace."""

    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT, description="How many rows a page has.", examples=[20])] = (
        DEFAULT_LIMIT
    )
    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None,
        Meta(description="`next_cursor` of the page before; left out for the first page."),
    ] = None


class ClientBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked about a new workspace."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=200, description="Name of the company or person.", examples=["Alpha Trading"]),
    ]
    type: Annotated[Kind, Meta(description="`individual` or `company`.", examples=["company"])]
    country: Annotated[
        str, Meta(max_length=40, description="Country of registration, ISO 3166-1 alpha-2.", examples=["ID"])
    ]
    base_currency: Annotated[
        str, Meta(max_length=40, description="Currency in which totals are shown, ISO 4217.", examples=["IDR"])
    ]
    registration_number: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="Number in the company register.", examples=["9120304958671"]),
    ] = None
    tax_id: Annotated[
        Annotated[str, Meta(max_length=200)] | None, Meta(description="Tax number.", examples=["01.234.567.8-901.000"])
    ] = None

    def details(self) -> ClientDetails:
        """The same for the service, which checks it."""
        return ClientDetails(
            name=self.name,
            kind=self.type,
            country=self.country,
            base_currency=self.base_currency,
            registration_number=self.registration_number,
            tax_id=self.tax_id,
        )


class ClientItem(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace."""

    client_id: Annotated[str, Meta(description="The workspace's id.", examples=["cli_01k8m3v9fke5w8d0q6n4rjc7ta"])]
    name: str
    type: Kind
    role: Annotated[RoleName | None, Meta(description="Your role in it.")]
    country: str
    base_currency: str
    registration_number: str | None
    tax_id: str | None
    status: Annotated[Status, Meta(description="`created`, then `active` once onboarded.")]
    approval_mode: ApprovalMode
    verification_status: VerificationStatus
    created_at: Time
    onboarded_at: Time | None


class MyClientItem(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace as a choice: what a switcher shows."""

    client_id: str
    name: str
    type: Kind
    role: RoleName
    approval_mode: ApprovalMode
    verification_status: VerificationStatus
    modes: Annotated[tuple[Literal["test", "live"], ...], Meta(description="Modes that requests may name.")]


class MeTwoFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a login asks for a code, and where that comes from."""

    enabled: bool
    method: Literal["email", "totp"] | None


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The caller."""

    id: Annotated[str, Meta(description="Findigi User ID.", examples=["usr_01k8m3v9fke5w8d0q6n4rjc7ta"])]
    email: str
    full_name: str
    phone: str | None
    country: str | None
    two_factor: MeTwoFactor
    workspaces_count: int
    created_at: Time


class MemberBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to add, change or remove: by `email` or by `user_id`, one of them."""

    role: RoleOrNone
    email: Email | None = None
    user_id: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="Findigi User ID.", examples=["usr_01k8m3v9fke5w8d0q6n4rjc7ta"]),
    ] = None
    full_name: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="Name for the invitation, where the address is new.", examples=["Dewi"]),
    ] = None


class UserBody(WorkspaceBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to create or invite."""

    email: Email
    full_name: FullName
    role: RoleName


class MemberItem(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in a workspace."""

    user_id: Annotated[str, Meta(description="Findigi User ID.", examples=["usr_01k8m3v9fke5w8d0q6n4rjc7ta"])]
    email: str
    full_name: str
    role: RoleName | None
    status: Annotated[
        Literal["active", "invited", "removed"],
        Meta(description="`invited` until the person has set a password."),
    ]
    added_at: Time


def item_of(client: Client, role: Role | None) -> ClientItem:
    """The workspace as callers see it; `role` is the caller's."""
    return ClientItem(
        client_id=ids.to_text(ids.CLIENT, client.id),
        name=client.name,
        type=client.kind,
        role=None if role is None else _name(role),
        country=client.country,
        base_currency=client.base_currency,
        registration_number=client.registration_number,
        tax_id=client.tax_id,
        status=client.status,
        approval_mode=client.approval_mode,
        verification_status=client.verification_status,
        created_at=to_text(client.created_at),
        onboarded_at=None if client.onboarded_at is None else to_text(client.onboarded_at),
    )


def choice_of(mine: MyClient) -> MyClientItem:
    """The workspace as a choice."""
    return MyClientItem(
        client_id=ids.to_text(ids.CLIENT, mine.client.id),
        name=mine.client.name,
        type=mine.client.kind,
        role=_name(mine.role),
        approval_mode=mine.client.approval_mode,
        verification_status=mine.client.verification_status,
        modes=("test", "live"),
    )


def me_of(person: Person, workspaces_count: int) -> Me:
    """The caller as they see themselves."""
    return Me(
        id=ids.to_text(ids.USER, person.id),
        email=person.email,
        full_name=person.full_name,
        phone=person.phone,
        country=person.country,
        two_factor=MeTwoFactor(enabled=person.two_factor is not None, method=person.two_factor),
        workspaces_count=workspaces_count,
        created_at=to_text(person.created_at),
    )


def member_of(membership: Membership) -> MemberItem:
    """The membership as callers see it."""
    status: Literal["active", "invited", "removed"] = "invited" if membership.person.invited else "active"
    return MemberItem(
        user_id=ids.to_text(ids.USER, membership.person.id),
        email=membership.person.email,
        full_name=membership.person.full_name,
        role=None if membership.role is None else _name(membership.role),
        status="removed" if membership.role is None else status,
        added_at=to_text(membership.added_at),
    )


_NAMES: dict[Role, Literal["owner", "admin", "maker", "checker", "viewer"]] = {
    Role.owner: "owner",
    Role.admin: "admin",
    Role.maker: "maker",
    Role.checker: "checker",
    Role.viewer: "viewer",
}


def _name(role: Role) -> Literal["owner", "admin", "maker", "checker", "viewer"]:
    return _NAMES[role]
