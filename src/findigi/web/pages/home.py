"""The portal's first page."""

from __future__ import annotations

from dataclasses import dataclass

from findigi.modules.docs import Catalogue, Documentation, Health
from findigi.web.pages.guides import ERRORS, EXPLORER, SANDBOX
from findigi.web.pages.walkthrough import AUTH_SNIPPET, TESTING_HEADER, Step, steps_of


@dataclass(frozen=True, slots=True)
class First:
    """The first request that a visitor can send."""

    title: str
    code: str


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
    first: First
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    health: HealthLine


def home_of(documentation: Documentation, *, demo: bool) -> Home:
    """The page's data. `demo`: the demo users exist, so commands may name them."""
    catalogue = documentation.catalogue
    steps = steps_of(catalogue, demo=demo)
    first = First(f"First request: {steps[0].title.lower()}", steps[0].code) if steps else _health_request(catalogue)
    return Home(TESTING_HEADER, AUTH_SNIPPET, first, steps, _entries(catalogue), _health(documentation.health))


def _health_request(catalogue: Catalogue) -> First:
    return First("First request", f"curl {catalogue.base_url}/api/docs/health")


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
