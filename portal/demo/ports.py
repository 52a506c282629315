"""Choosing the port of the demo."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


class NoFreePort(OSError):
    """None of the ports in question can be bound."""

    code = "no_free_port"


def free_port(preferred: int, *, others: int = 50) -> int:
    """`preferred` if it can be bound on the loopback address, else the next of `others` that can.

    Raises NoFreePort.
    """
    for port in range(preferred, min(preferred + others, 65535) + 1):
        if is_free(port):
            return port
    raise NoFreePort(f"None of the ports from {preferred} to {preferred + others} is free.")


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now, on IPv4 and, where there is one, IPv6 loopback.

    Clients try both for "localhost", so a stranger on either would answer in our place.
    """
    return _binds(socket.AF_INET, LOOPBACK, port) and (
        not _has_ipv6() or _binds(socket.AF_INET6, "::1", port)
    )


def _binds(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _has_ipv6() -> bool:
    return socket.has_ipv6 and _binds(socket.AF_INET6, "::1", 0)
