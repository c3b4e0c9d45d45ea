"""Time comes from one place, so that a workspace's test clock can move it and a test can stand still."""

from __future__ import annotations

from datetime import UTC, datetime

from findigi.kernel.errors import ValidationFailed


def utc_now() -> datetime:
    """The present moment in UTC, cut to milliseconds: what is stored is what is shown."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, such as `2026-04-10T18:00:00.000Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def in_utc(moment: datetime | None, field: str) -> datetime | None:
    """A moment that a caller gave, in UTC. The first and last hours of the calendar may not exist there: refused."""
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValidationFailed.of(field, f"{field} must be between the years 1 and 9999 in UTC.") from None
