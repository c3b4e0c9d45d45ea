"""Text that leaves the house as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from findigi.kernel.answer import Answer

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(value: str) -> str:
    """The text so that a spreadsheet shows it and does not run it: a leading formula character gets an apostrophe.

    Source: OWASP, "CSV Injection". Negative numbers are left alone, since they are numbers.
    """
    if value.startswith(_FORMULA) and not value[1:].replace(".", "", 1).isdigit():
        return "'" + value
    return value


def csv_answer(columns: Sequence[str], rows: Iterable[object], *, filename: str, next_cursor: str | None) -> Answer:
    """The rows' attributes of those names as a CSV file (RFC 4180); `x-next-cursor` says that more follow."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in columns])
    headers = [(b"content-disposition", f'attachment; filename="{filename}"'.encode())]
    if next_cursor is not None:
        headers.append((b"x-next-cursor", next_cursor.encode()))
    return Answer(200, out.getvalue().encode(), tuple(headers), b"text/csv; charset=utf-8")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return value if isinstance(value, int | float) else ""
