"""What the sandbox shows."""

from __future__ import annotations

from uuid import UUID

from findigi.gateways import mail
from findigi.kernel.context import Ctx
from findigi.kernel.errors import NotFound, ValidationFailed
from findigi.kernel.paging import Page, cut, decode_cursor

_NEWEST = UUID(int=(1 << 128) - 1)


async def read_mailbox(ctx: Ctx, *, address: str | None, limit: int, cursor: str | None) -> Page[mail.Kept]:
    """A page of kept mails, the newest first; of one address where it is given.

    Refuses with 404 in production, with 400 outside test mode.
    """
    if ctx.runtime.settings.production:
        raise NotFound("This installation has no sandbox.")
    if not ctx.is_test:
        message = "The sandbox exists in test mode only: send the header `x-findigi-is-test: true`."
        raise ValidationFailed.of("x-findigi-is-test", message, "TEST_MODE_ONLY")
    below = _NEWEST if cursor is None else _place(cursor)
    wanted = None if address is None else address.strip().lower()
    async with ctx.reading() as tx:
        rows = await mail.list_kept(tx, address=wanted, below=below, limit=limit + 1)
    return cut(rows, limit, lambda row: (row.id.hex,))


def _place(cursor: str) -> UUID:
    (text,) = decode_cursor(cursor, str)
    try:
        return UUID(str(text))
    except ValueError:
        message = "cursor is not one that this list gave; leave it out to start at the top."
        raise ValidationFailed.of("cursor", message) from None
