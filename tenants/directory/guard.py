"""Which network addresses a directory may have: tenants type them, and the portal connects from inside.

The name is resolved once, here; the connection is then made to the address that was checked, so a name
server that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from tenants.directory.errors import DirectoryTrouble

_PORTS = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A directory's address as typed, taken apart."""

    scheme: str
    host: str
    port: int

    @property
    def uri(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse(uri: str) -> Endpoint:
    """Read `ldap://host[:port]` or `ldaps://…`. Raises DirectoryTrouble."""
    try:
        parts = urlsplit(uri.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise DirectoryTrouble("directory_address", f"{uri} is not an address.") from None
    extras = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in _PORTS or not parts.hostname or extras:
        message = f"{uri} is not an address such as ldap://ldap.example.com or ldaps://ldap.example.com:636."
        raise DirectoryTrouble("directory_address", message)
    return Endpoint(parts.scheme, parts.hostname, port)


def connect(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A TCP connection to an allowed address of `endpoint`. Raises DirectoryTrouble."""
    trouble: OSError | None = None
    for address in allowed_addresses(endpoint):
        try:
            return socket.create_connection((address, endpoint.port), timeout=seconds)
        except OSError as error:
            trouble = error
    message = f"No connection to {endpoint.host}, port {endpoint.port}: {_reason(trouble)}."
    raise DirectoryTrouble("directory_unreachable", message)


def allowed_addresses(endpoint: Endpoint) -> list[str]:
    """The IP addresses of `endpoint`, all of them allowed. Raises DirectoryTrouble."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        message = f"The name {endpoint.host} is not known."
        raise DirectoryTrouble("directory_unknown_host", message) from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(is_allowed(each) for each in addresses):
        message = (
            f"{endpoint.host} is at a private, loopback or otherwise internal address, "
            "which the operator of this portal has not allowed."
        )
        raise DirectoryTrouble("directory_address_refused", message)
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
