"""The sandbox guide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from findigi.modules.docs import Catalogue, CodeRow, Operation
from findigi.web.pages.walkthrough import PASSWORD, Step, steps_of


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user that exists on every fresh start outside production."""

    email: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SandboxGuide:
    """What the guide shows."""

    password: str
    users: tuple[DemoUser, ...]
    steps: tuple[Step, ...]
    modes: tuple[str, ...]
    simulated: tuple[Operation, ...]
    errors: tuple[CodeRow, ...]
    contents: tuple[tuple[str, str, int | None], ...]


_USERS: Final = (
    DemoUser("alpha.tester@findigi.local", "Owner of the company workspace Alpha Trading. Start with this one."),
    DemoUser("checker.tester@findigi.local", "Checker in Alpha Trading: reads everything, starts no transfer."),
    DemoUser("solo.tester@findigi.local", "A person's own workspace."),
    DemoUser("twofa.tester@findigi.local", "Signs in with a code that is mailed to the sandbox mailbox."),
)
_MODES: Final = (
    "The header `x-findigi-is-test: true` means test mode. Left out or `false`, a request works on **live** data.",
    "Wallets, transfers and journals belong to one mode. Seen from the other they do not exist: their ids answer 404.",
    "Users, workspaces and roles are the same in both modes.",
    "Rules, limits, answers and errors are those of live mode: what works here works there.",
)
_CODES: Final = (
    "VALIDATION_ERROR",
    "CLIENT_REQUIRED",
    "UNAUTHENTICATED",
    "TOKEN_EXPIRED",
    "INVALID_CODE",
    "FORBIDDEN",
    "NOT_FOUND",
    "CURRENCY_MISMATCH",
    "IDEMPOTENCY_KEY_REUSED",
    "INSUFFICIENT_FUNDS",
    "RATE_LIMITED",
)


def guide_of(catalogue: Catalogue, *, demo: bool) -> SandboxGuide:
    """The guide for this server: demo users only where they exist, steps and errors only of served operations."""
    steps = steps_of(catalogue, demo=demo)
    simulated = next((module.operations for module in catalogue.modules if module.name == "Sandbox"), ())
    errors = tuple(row for row in catalogue.errors if row.code in _CODES and (row.everywhere or row.operations))
    contents: list[tuple[str, str, int | None]] = []
    if demo:
        contents.append(("#users", "Demo users", len(_USERS)))
    if steps:
        contents.append(("#walkthrough", "From sign-in to the journal", len(steps)))
    contents.append(("#modes", "Test mode and live mode", None))
    if simulated:
        contents.append(("#simulated", "What the sandbox plays", len(simulated)))
    contents.append(("#mistakes", "Errors to expect", len(errors)))
    users = _USERS if demo else ()
    return SandboxGuide(PASSWORD, users, steps, _MODES, simulated, errors, tuple(contents))
