"""What identity says no with."""

from __future__ import annotations

from findigi.kernel.errors import Conflict, Refusal


class InvalidCredentials(Refusal):
    """401: the address is unknown or the password is wrong; the answer does not say which."""

    code = "INVALID_CREDENTIALS"
    status = 401
    cause = "The email address and password do not belong together."
    fix = "Check both, or set a new password with POST /api/auth/forgot-password."


class InvalidCode(Refusal):
    """401: a code or mailed link that is wrong, used, or too old."""

    code = "INVALID_CODE"
    status = 401
    cause = "The code or link is wrong, was used before, or is too old."
    fix = "Type the newest code, or ask for a new one."


class EmailTaken(Conflict):
    """409: registration with an address that cannot be registered."""

    cause = "An account with this email address cannot be created."
    fix = "Sign in, or set a new password with POST /api/auth/forgot-password."
