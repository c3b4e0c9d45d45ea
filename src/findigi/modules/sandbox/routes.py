"""The operations of the sandbox."""

from __future__ import annotations

from typing import Final

from findigi.kernel.errors import NotFound, RateLimited, ValidationFailed
from findigi.kernel.http import Access, Answer, Call, Example, Items, NoBody, Routes, items
from findigi.modules.sandbox.schemas import MailboxQuery, MailItem, mail_of
from findigi.modules.sandbox.service import read_mailbox

endpoints: Final = Routes("Sandbox")


@endpoints.add(
    "GET",
    "/api/sandbox/mailbox",
    access=Access.PUBLIC,
    name="read_sandbox_mailbox",
    summary="Read the sandbox mailbox",
    description="While no mail server is configured, mails are kept here instead of being sent: login codes, links "
    "that set a password, invitations. The newest come first; name an address to see only its mails.",
    query=MailboxQuery,
    answer=Items[MailItem],
    errors=(ValidationFailed, NotFound, RateLimited),
    notes=(
        "Needs the header `x-findigi-is-test: true`; in production this is a 404.",
        "A mail arrives a moment after the request that caused it: a worker sends it.",
    ),
    example=Example(
        answer={
            "ok": True,
            "items": [
                {
                    "id": "mail_01k8m3v9fke5w8d0q6n4rjc7ta",
                    "to": "alex@example.com",
                    "subject": "482913 is your finDIGI code",
                    "text": "Hello Alex Tan,\n\nyour code to finish signing in is\n\n    482913\n",
                    "code": "482913",
                    "link": None,
                    "at": "2026-04-10T18:00:00.000Z",
                }
            ],
            "next_cursor": None,
        }
    ),
)
async def read_sandbox_mailbox(call: Call[NoBody, MailboxQuery]) -> Answer:
    """The kept mails."""
    query = call.query
    page = await read_mailbox(call.ctx, address=query.address, limit=query.limit, cursor=query.cursor)
    return items([mail_of(kept) for kept in page.items], page.next_cursor)
