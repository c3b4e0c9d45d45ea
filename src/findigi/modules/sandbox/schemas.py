"""Wire shapes of the sandbox."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from findigi.gateways.mail import Kept
from findigi.kernel import ids
from findigi.kernel.clock import to_text
from findigi.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT


class MailboxQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which mails."""

    address: Annotated[
        Annotated[str, Meta(max_length=320)] | None,
        Meta(description="Only mails to this address.", examples=["alex@example.com"]),
    ] = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT, description="How many rows a page has.", examples=[20])] = (
        DEFAULT_LIMIT
    )
    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None,
        Meta(description="`next_cursor` of the page before; left out for the first page."),
    ] = None


class MailItem(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it would have been sent; `code` and `link` repeat what the text says."""

    id: Annotated[str, Meta(description="The mail's id.", examples=["mail_01k8m3v9fke5w8d0q6n4rjc7ta"])]
    to: str
    subject: str
    text: str
    code: Annotated[str | None, Meta(description="The six digits, where the mail carries a code.")]
    link: Annotated[str | None, Meta(description="The link, where the mail carries one.")]
    at: Annotated[str, Meta(description="RFC 3339, UTC, milliseconds.", examples=["2026-04-10T18:00:00.000Z"])]


def mail_of(kept: Kept) -> MailItem:
    """The mail as callers see it."""
    return MailItem(
        id=ids.to_text(ids.MAIL, kept.id),
        to=kept.to,
        subject=kept.subject,
        text=kept.text,
        code=kept.code,
        link=kept.link,
        at=to_text(kept.at),
    )
