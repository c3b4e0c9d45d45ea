"""The operations of My Clients, Users, and those of Auth that count or list workspaces."""

from __future__ import annotations

from typing import Final

from findigi.gateways.mail import MailNotConfigured
from findigi.kernel import ids
from findigi.kernel.context import Ctx, Role
from findigi.kernel.errors import (
    ClientRequired,
    Conflict,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    RequestInProgress,
    ValidationFailed,
)
from findigi.kernel.http import (
    Access,
    Answer,
    Call,
    Example,
    Item,
    Items,
    NoBody,
    NoQuery,
    PageQuery,
    PathParameter,
    Routes,
    created,
    item,
    items,
)
from findigi.modules.clients import service
from findigi.modules.clients.errors import LastOwner
from findigi.modules.clients.schemas import (
    ClientBody,
    ClientItem,
    Me,
    MemberBody,
    MemberItem,
    MineQuery,
    MyClientItem,
    UserBody,
    choice_of,
    item_of,
    me_of,
    member_of,
)

endpoints: Final = Routes("My Clients")

_CLIENT_ID: Final = "cli_01k8m3v9fke5w8d0q6n4rjc7ta"
_USER_ID: Final = "usr_01k8m3v9fke5w8d0q6n4rjc7ta"
_TIME: Final = "2026-04-10T18:00:00.000Z"
_CLIENT: Final = {
    "client_id": _CLIENT_ID,
    "name": "Alpha Trading",
    "type": "company",
    "role": "owner",
    "country": "ID",
    "base_currency": "IDR",
    "registration_number": "9120304958671",
    "tax_id": "01.234.567.8-901.000",
    "status": "created",
    "approval_mode": "off",
    "verification_status": "not_started",
    "created_at": _TIME,
    "onboarded_at": None,
}
_MEMBER: Final = {
    "user_id": _USER_ID,
    "email": "dewi@example.com",
    "full_name": "Dewi Lestari",
    "role": "checker",
    "status": "invited",
    "added_at": _TIME,
}
_ID: Final = {"id": PathParameter(ids.CLIENT, "The workspace's id.", _CLIENT_ID)}
_ONCE: Final = (RequestInProgress, IdempotencyKeyReused)


@endpoints.add(
    "GET",
    "/api/auth/me",
    module="Auth",
    access=Access.USER,
    name="get_me",
    summary="Show the signed-in user",
    description="Gives the user behind the token, whether two-factor sign-in is on, and how many workspaces they "
    "belong to. A cheap way to see whether a token still works.",
    answer=Item[Me],
    example=Example(
        answer={
            "ok": True,
            "item": {
                "id": _USER_ID,
                "email": "alex@example.com",
                "full_name": "Alex Tan",
                "phone": "+6281234567890",
                "country": "ID",
                "two_factor": {"enabled": True, "method": "totp"},
                "workspaces_count": 2,
                "created_at": _TIME,
            },
        }
    ),
)
async def get_me(call: Call[NoBody, NoQuery]) -> Answer:
    """The caller."""
    return item(me_of(*await service.whoami(call.ctx)))


@endpoints.add(
    "GET",
    "/api/auth/my-clients",
    module="Auth",
    access=Access.USER,
    name="list_my_clients",
    summary="List the workspaces you may act for",
    description="What a workspace switcher shows: each workspace with your role, its approval mode and how far its "
    "verification is. Use the `client_id` in every request that acts for a workspace.",
    query=MineQuery,
    answer=Items[MyClientItem],
    errors=(ValidationFailed,),
    example=Example(
        answer={
            "ok": True,
            "items": [
                {
                    "client_id": _CLIENT_ID,
                    "name": "Alpha Trading",
                    "type": "company",
                    "role": "owner",
                    "approval_mode": "single",
                    "verification_status": "approved",
                    "modes": ["test", "live"],
                }
            ],
            "next_cursor": None,
        }
    ),
)
async def list_my_clients(call: Call[NoBody, MineQuery]) -> Answer:
    """The caller's workspaces, briefly."""
    page = await service.list_mine(call.ctx, limit=call.query.limit, cursor=call.query.cursor)
    return items([choice_of(mine) for mine in page.items], page.next_cursor)


@endpoints.add(
    "GET",
    "/api/clients",
    access=Access.USER,
    name="list_clients",
    summary="List your workspaces in full",
    description="Gives every workspace that you belong to, the newest first, with its registration data, state and "
    "your role. `GET /api/auth/my-clients` is the short form.",
    query=MineQuery,
    answer=Items[ClientItem],
    errors=(ValidationFailed,),
    example=Example(answer={"ok": True, "items": [_CLIENT], "next_cursor": None}),
)
async def list_clients(call: Call[NoBody, MineQuery]) -> Answer:
    """The caller's workspaces."""
    page = await service.list_mine(call.ctx, limit=call.query.limit, cursor=call.query.cursor)
    return items([item_of(mine.client, mine.role) for mine in page.items], page.next_cursor)


@endpoints.add(
    "POST",
    "/api/clients",
    access=Access.USER,
    name="create_client",
    summary="Create a workspace",
    description="Makes a workspace for a company or a person; you become its owner. It has no wallets yet: "
    "`POST /api/clients/{id}/onboard` opens them, and `POST /api/clients/onboard` does both in one call.",
    body=ClientBody,
    answer=Item[ClientItem],
    status=201,
    idempotent=True,
    errors=(ValidationFailed, *_ONCE),
    example=Example(
        request={
            "name": "Alpha Trading",
            "type": "company",
            "country": "ID",
            "base_currency": "IDR",
            "registration_number": "9120304958671",
            "tax_id": "01.234.567.8-901.000",
        },
        answer={"ok": True, "item": _CLIENT},
    ),
)
async def create_client(call: Call[ClientBody, NoQuery]) -> Answer:
    """Makes a workspace."""

    async def work(ctx: Ctx) -> Answer:
        client = await service.create(ctx, details=call.body.details())
        return created(item_of(client, Role.owner))

    return await call.once(work)


@endpoints.add(
    "GET",
    "/api/clients/{id}",
    role=Role.viewer,
    client_in="id",
    name="get_client",
    summary="Show one workspace",
    description="Gives the workspace's registration data, state, approval mode, verification status and your role in "
    "it. A workspace that you do not belong to is a 404.",
    path_parameters=_ID,
    answer=Item[ClientItem],
    errors=(NotFound,),
    example=Example(answer={"ok": True, "item": _CLIENT}),
)
async def get_client(call: Call[NoBody, NoQuery]) -> Answer:
    """One workspace."""
    mine = await service.read_one(call.ctx)
    return item(item_of(mine.client, mine.role))


@endpoints.add(
    "GET",
    "/api/clients/{id}/users",
    role=Role.viewer,
    client_in="id",
    name="list_client_users",
    summary="List the members of a workspace",
    description="Gives everybody who belongs to the workspace, the newest member first, with role and whether an "
    "invitation is still open.",
    path_parameters=_ID,
    query=PageQuery,
    answer=Items[MemberItem],
    errors=(ValidationFailed, NotFound),
    example=Example(answer={"ok": True, "items": [_MEMBER], "next_cursor": None}),
)
async def list_client_users(call: Call[NoBody, PageQuery]) -> Answer:
    """The members."""
    page = await service.list_members(call.ctx, limit=call.query.limit, cursor=call.query.cursor)
    return items([member_of(row) for row in page.items], page.next_cursor)


@endpoints.add(
    "POST",
    "/api/clients/{id}/users",
    role=Role.admin,
    client_in="id",
    name="put_client_user",
    summary="Add a member, change a role, or remove a member",
    description="Names a person by address or Findigi User ID and gives them a role. A person who is no user yet is "
    "invited by mail; one who is a member already gets the new role; `none` removes them. Answers 201 when somebody "
    "was added, else 200.",
    path_parameters=_ID,
    body=MemberBody,
    answer=Item[MemberItem],
    status=201,
    statuses=(200,),
    idempotent=True,
    errors=(ValidationFailed, Forbidden, NotFound, LastOwner, MailNotConfigured, *_ONCE),
    notes=(
        "Only an owner makes owners, or changes or removes one.",
        "The last owner can be neither removed nor given another role: 409 `INVALID_STATE`.",
    ),
    example=Example(
        request={"email": "dewi@example.com", "full_name": "Dewi Lestari", "role": "checker"},
        answer={"ok": True, "item": _MEMBER},
    ),
)
async def put_client_user(call: Call[MemberBody, NoQuery]) -> Answer:
    """Adds, changes or removes a member."""
    body = call.body
    user_id = None if body.user_id is None else ids.parse(ids.USER, body.user_id, "user")
    role = None if body.role == "none" else Role[body.role]

    async def work(ctx: Ctx) -> Answer:
        membership = await service.put_member(
            ctx, email=body.email, user_id=user_id, full_name=body.full_name, role=role
        )
        return item(member_of(membership), 201 if membership.change == "added" else 200)

    return await call.once(work)


@endpoints.add(
    "POST",
    "/api/users",
    module="Users",
    role=Role.admin,
    name="create_user",
    summary="Create or invite a user",
    description="Adds a person to the workspace. Somebody who is no user yet is created and gets a mail with a link "
    "that sets the first password and works for seven days; somebody who is one already is added with the role.",
    body=UserBody,
    answer=Item[MemberItem],
    status=201,
    idempotent=True,
    errors=(ValidationFailed, ClientRequired, Forbidden, NotFound, Conflict, MailNotConfigured, *_ONCE),
    notes=("Somebody who is a member already: 409; change their role with `POST /api/clients/{id}/users`.",),
    example=Example(
        request={
            "client_id": _CLIENT_ID,
            "email": "dewi@example.com",
            "full_name": "Dewi Lestari",
            "role": "checker",
        },
        answer={"ok": True, "item": _MEMBER},
    ),
)
async def create_user(call: Call[UserBody, NoQuery]) -> Answer:
    """Creates or invites a user."""
    body = call.body

    async def work(ctx: Ctx) -> Answer:
        membership = await service.add_user(ctx, email=body.email, full_name=body.full_name, role=Role[body.role])
        return created(member_of(membership))

    return await call.once(work)
