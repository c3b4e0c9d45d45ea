"""Identity: people, how they prove who they are, and the sessions that follow from it.

Promises: a password is only ever kept as an Argon2id hash; an unknown address and a wrong password are answered alike
after the same work; failed tries are counted in the database, over all processes; a code or link works once; ending
a session ends its token everywhere. People belong to no workspace: that is the business of `clients`.
"""

from findigi.kernel.context import Runtime
from findigi.modules.identity.jobs import jobs, schedules
from findigi.modules.identity.model import Person
from findigi.modules.identity.routes import endpoints
from findigi.modules.identity.service.passwords import Passwords
from findigi.modules.identity.service.people import (
    create_user,
    find_user_by_email,
    invite,
    revoke_sessions,
    users_by_ids,
)
from findigi.modules.identity.service.sessions import Sessions
from findigi.modules.identity.service.two_factor import confirm_totp, enable_email_two_factor, enrol_totp

__all__ = [
    "Passwords",
    "Person",
    "Sessions",
    "confirm_totp",
    "create_user",
    "enable_email_two_factor",
    "endpoints",
    "enrol_totp",
    "find_user_by_email",
    "invite",
    "jobs",
    "provide",
    "revoke_sessions",
    "schedules",
    "users_by_ids",
]


def provide(runtime: Runtime) -> None:
    """Gives the runtime what identity keeps per process. Call it before the database starts listening."""
    runtime.provide(Passwords())
    runtime.provide(Sessions(runtime.settings, runtime.database))
