"""Small rules about text that leaves the house."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(value: str) -> str:
    """The text so that a spreadsheet shows it and does not run it: a leading formula character gets an apostrophe.

    Source: OWASP, "CSV Injection". Negative numbers are left alone, since they are numbers.
    """
    if value.startswith(_FORMULA) and not value[1:].replace(".", "", 1).isdigit():
        return "'" + value
    return value
