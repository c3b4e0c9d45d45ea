"""The mails that identity writes: subject and text."""

from __future__ import annotations

from typing import NamedTuple


class Letter(NamedTuple):
    """Subject and plain text."""

    subject: str
    text: str


def login_code(name: str, code: str) -> Letter:
    """The code of a login's second step."""
    return Letter(
        f"{code} is your finDIGI code",
        f"Hello {name},\n\nyour code to finish signing in is\n\n    {code}\n\n"
        "It works once, for ten minutes. If you are not signing in just now, somebody knows your password: "
        "set a new one.\n\nfinDIGI",
    )


def reset_link(name: str, link: str) -> Letter:
    """The link of a forgotten password."""
    return Letter(
        "Set a new finDIGI password",
        f"Hello {name},\n\nhere you can set a new password:\n\n{link}\n\n"
        "The link works once, for 30 minutes, and setting a password signs you out everywhere. "
        "If you did not ask for it, you need do nothing.\n\nfinDIGI",
    )


def invitation(name: str, workspace: str, link: str) -> Letter:
    """The link with which an invited person sets the first password."""
    return Letter(
        f"You are invited to {workspace} on finDIGI",
        f"Hello {name},\n\nyou were added to the workspace {workspace}. Set a password to start:\n\n{link}\n\n"
        "The link works once, for seven days. If you do not know who invited you, you need do nothing.\n\nfinDIGI",
    )


def password_changed(name: str) -> Letter:
    """What an owner must hear of when it was not them."""
    return Letter(
        "Your finDIGI password was changed",
        f"Hello {name},\n\nyour password was changed and all sessions were ended. "
        "If that was not you, set a new password at once and tell us.\n\nfinDIGI",
    )
