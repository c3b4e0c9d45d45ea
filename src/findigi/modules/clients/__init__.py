"""Clients: workspaces, who belongs to them, and in which role.

Promises: a workspace always has an owner; only owners make, change or remove owners; a change of membership counts in
every process as soon as it is told. What a workspace may do (approvals, verification) is decided by the modules above,
which keep their verdict here.
"""

from findigi.modules.clients.model import Client, ClientDetails, Member
from findigi.modules.clients.routes import endpoints
from findigi.modules.clients.schemas import ClientBody, ClientItem, item_of
from findigi.modules.clients.service import (
    Workspaces,
    add_member,
    create_client,
    get_client,
    mark_onboarded,
    members,
)

__all__ = [
    "Client",
    "ClientBody",
    "ClientDetails",
    "ClientItem",
    "Member",
    "Workspaces",
    "add_member",
    "create_client",
    "endpoints",
    "get_client",
    "item_of",
    "mark_onboarded",
    "members",
]
