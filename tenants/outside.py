"""Connections to addresses that a tenant typed: the portal makes them from inside, so not every one is allowed.

A name is resolved once, here; the connection is then made to the address that was checked, so a name server that
answers differently the second time gains nothing. Not in charge of what is spoken there.
"""

from __future__ import annotations

import ipaddress
import socket

from django.conf import settings


class NoWay(Exception):
    """An address outside cannot be reached, or must not be; `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection to an allowed address of `host`. Raises NoWay."""
    trouble: OSError | None = None
    for address in allowed_addresses(host, port):
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            trouble = error
    raise NoWay("unreachable", f"No connection to {host}, port {port}: {_reason(trouble)}.")


def allowed_addresses(host: str, port: int) -> list[str]:
    """The IP addresses of `host`, all of them allowed. Raises NoWay."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoWay("unknown_host", f"The name {host} is not known.") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(is_allowed(each) for each in addresses):
        message = (
            f"{host} is at a private, loopback or otherwise internal address, "
            "which the operator of this portal has not allowed."
        )
        raise NoWay("address_refused", message)
    return addresses


def is_allowed(address: str) -> bool:
    """Whether an IP address is public, or inside a network that the operator listed."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if any(ip in ipaddress.ip_network(each) for each in settings.DIRECTORY_ALLOWED_NETWORKS):
        return True
    return ip.is_global and not ip.is_multicast


def _reason(error: OSError | None) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (error.strerror if error else None) or "unreachable"
