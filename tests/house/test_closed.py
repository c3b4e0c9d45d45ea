"""No test reaches the outside."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])  # RFC 5737 and RFC 3849: never routed
def test_a_connection_to_the_outside_is_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as outward, pytest.raises(SocketConnectBlockedError):
        outward.connect((host, 80))
