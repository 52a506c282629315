"""Addresses of directories: read as typed, and reached where that is allowed (see `tenants.outside`)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tenants import outside
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
    with _in_our_words():
        return outside.connect(endpoint.host, endpoint.port, seconds)


def allowed_addresses(endpoint: Endpoint) -> list[str]:
    """The IP addresses of `endpoint`, all of them allowed. Raises DirectoryTrouble."""
    with _in_our_words():
        return outside.allowed_addresses(endpoint.host, endpoint.port)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except outside.NoWay as error:
        raise DirectoryTrouble(f"directory_{error.code}", str(error)) from error
