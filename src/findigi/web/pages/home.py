"""The portal's first page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from findigi.modules.docs import Catalogue, Documentation, Health
from findigi.web.pages.guides import ERRORS, EXPLORER, SANDBOX
from findigi.web.pages.walkthrough import AUTH_SNIPPET, TESTING_HEADER, Step, first_request, steps_of


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that holds for every operation."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the places to go next."""

    glyph: str
    title: str
    text: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class HealthLine:
    """The documentation's health in a word, with its sign and what it rests on."""

    glyph: str
    word: str
    note: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the first page shows beyond catalogue and health."""

    testing_header: str
    auth_snippet: str
    first: str
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    rules: tuple[Rule, ...]
    health: HealthLine


_RULES: Final = (
    Rule("Money", 'Decimal strings in major units, such as `"1250.00"`. Never a JSON number, never rounded.'),
    Rule("Retries", "The same `Idempotency-Key` and body act once and give the same answer."),
    Rule("Errors", "One shape, a stable code, and a message that says what to do."),
    Rule("Test and live", "One header apart. Their data never mix."),
)


def home_of(documentation: Documentation, *, demo: bool) -> Home:
    """The page's data. `demo`: the demo users exist, so commands may name them."""
    catalogue = documentation.catalogue
    return Home(
        TESTING_HEADER,
        AUTH_SNIPPET,
        first_request(catalogue, demo=demo),
        steps_of(catalogue, demo=demo),
        _entries(catalogue),
        _RULES,
        _health(documentation.health),
    )


def _health(health: Health) -> HealthLine:
    glyphs = {"healthy": "circle-check", "incomplete": "clock", "failing": "circle-x"}
    coverage = health.checks["coverage"]
    wrong = [name for name, check in health.checks.items() if not check.ok and name != "coverage"]
    note = f"Wrong: {', '.join(wrong)}" if wrong else f"{coverage.passed} of {coverage.total} specified operations"
    return HealthLine(glyphs[health.status], health.status.capitalize(), note)


def _entries(catalogue: Catalogue) -> tuple[Entry, ...]:
    count = len(catalogue.operations)
    return (
        Entry(
            "compass", "API explorer", "Inputs, errors and samples of every operation.", f"{count} operations", EXPLORER
        ),
        Entry(
            "flask-conical", "Sandbox guide", "Demo users and commands that work as they stand.", "Test mode", SANDBOX
        ),
        Entry(
            "circle-alert",
            "Error codes",
            "What each code means and what to do about it.",
            f"{len(catalogue.errors)} codes",
            ERRORS,
        ),
        Entry(
            "file-json",
            "OpenAPI document",
            "For generators, clients and test tools.",
            "OpenAPI 3.1, JSON",
            "/api/openapi.json",
        ),
    )
