"""People, what is true of their data, and the rules of signing in. No IO, no clock."""

from findigi.modules.identity.model.fields import (
    check_full_name,
    check_phone,
    normalise_email,
)
from findigi.modules.identity.model.lockout import ACCOUNT, ADDRESS, CODE, Limit, subject_of_address, wait_seconds
from findigi.modules.identity.model.passwords import check_password, prepared
from findigi.modules.identity.model.people import (
    CHALLENGE_LIFE,
    CODE_TRIES,
    INVITE_LIFE,
    LINKS_PER_HOUR,
    RESEND_AFTER,
    RESET_LIFE,
    Challenge,
    Method,
    Person,
    SessionRow,
    TotpEnrolment,
)

__all__ = [
    "ACCOUNT",
    "ADDRESS",
    "CHALLENGE_LIFE",
    "CODE",
    "CODE_TRIES",
    "INVITE_LIFE",
    "LINKS_PER_HOUR",
    "RESEND_AFTER",
    "RESET_LIFE",
    "Challenge",
    "Limit",
    "Method",
    "Person",
    "SessionRow",
    "TotpEnrolment",
    "check_full_name",
    "check_password",
    "check_phone",
    "normalise_email",
    "prepared",
    "subject_of_address",
    "wait_seconds",
]
