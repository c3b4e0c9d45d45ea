"""How long to wait after failed tries: some are free, then each doubles the wait, up to a most."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries cost nothing; the next locks for `first`, then twice that, up to `most`; quiet `memory` forgives."""

    kind: Literal["account", "address", "code"]
    free: int
    first: timedelta
    most: timedelta
    memory: timedelta = timedelta(hours=24)


ACCOUNT: Final = Limit("account", free=5, first=timedelta(seconds=30), most=timedelta(minutes=15))
"""A person's password. The most is short, so that a stranger cannot keep somebody out of their account for long."""
ADDRESS: Final = Limit("address", free=50, first=timedelta(seconds=30), most=timedelta(hours=1))
"""One source over all accounts; generous, since an office shares one."""
CODE: Final = Limit("code", free=10, first=timedelta(minutes=1), most=timedelta(hours=1))
"""A person's second factor over all challenges; only who has the password gets here."""

_MOST_DOUBLINGS: Final = 20


def wait_seconds(limit: Limit, failures: int) -> int:
    """Seconds that the try after this many failures must wait; 0 while they are free."""
    over = failures - limit.free
    if over < 0:
        return 0
    doubled = limit.first * 2 ** min(over, _MOST_DOUBLINGS)
    return int(min(doubled, limit.most).total_seconds())


def subject_of_address(address: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 network that one IPv6 customer is given (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket's name
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
