"""Connections to addresses that a tenant typed: the portal makes them from inside, so not every one is allowed.

A name is resolved once, here; the connection is then made to the address that was checked, so a name server that
answers differently the second time gains nothing. `no_longer_than` bounds the whole of a conversation. Not in charge of what is
spoken there.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from django.conf import settings


class NoWay(Exception):
    """An address outside cannot be reached, or must not be; `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection to an allowed address of `host`, tried for `seconds` each. Raises NoWay."""
    return connect_to(allowed_addresses(host, port), host, port, seconds)


def connect_to(addresses: list[str], host: str, port: int, seconds: float) -> socket.socket:
    """The same, for who found the addresses of `host` by a name server of their own. Raises NoWay."""
    _refuse_internal(host, addresses)
    limit = _limit.get()
    trouble: OSError | None = None
    for address in addresses:
        try:
            made = socket.create_connection(
                (address, port), timeout=limit.at_most(seconds) if limit else seconds
            )
        except OSError as error:
            trouble = error
            continue
        if limit is not None:
            limit.hold(made)
        return made
    raise NoWay("unreachable", f"No connection to {host}, port {port}: {_reason(trouble)}.")


def allowed_addresses(host: str, port: int) -> list[str]:
    """The IP addresses of `host`, all of them allowed. Raises NoWay."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoWay("unknown_host", f"The name {host} is not known.") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    _refuse_internal(host, addresses)
    return addresses


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """End the connections made inside after `seconds`, whatever they are doing, and raise NoWay then.

    A time for each step does not do: who drips a byte a second begins a new step with each.
    """
    limit = _Limit(seconds)
    outer = _limit.set(limit)
    try:
        yield
    except Exception as error:
        if limit.is_over:
            raise limit.refusal() from error
        raise
    finally:
        _limit.reset(outer)
        limit.let_go()
    if limit.is_over:
        raise limit.refusal()


class _Limit:
    """A time for all of a conversation, which ends its connections from outside of whoever reads them."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def at_most(self, seconds: float) -> float:
        return max(0.01, min(seconds, self._until - time.monotonic()))

    def hold(self, connection: socket.socket) -> None:
        """Keep a handle of our own: TLS takes the socket over, and the other one then leads nowhere."""
        with self._lock:
            self._held.append(connection.dup())
        if self.is_over:
            self._end()

    def let_go(self) -> None:
        self._timer.cancel()
        with self._lock:
            while self._held:
                self._held.pop().close()

    def refusal(self) -> NoWay:
        return NoWay("too_slow", f"The answer takes longer than {self._seconds:g} seconds.")

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._held:
                with suppress(OSError):  # it has ended by itself
                    each.shutdown(socket.SHUT_RDWR)


#: The limit that the code under way is held to.
_limit: ContextVar[_Limit | None] = ContextVar("limit_outside", default=None)


def is_allowed(address: str) -> bool:
    """Whether an IP address is public, or inside a network that the operator listed."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if any(ip in ipaddress.ip_network(each) for each in settings.DIRECTORY_ALLOWED_NETWORKS):
        return True
    return ip.is_global and not ip.is_multicast


def _refuse_internal(host: str, addresses: list[str]) -> None:
    if not all(is_allowed(each) for each in addresses):
        message = (
            f"{host} is at a private, loopback or otherwise internal address, "
            "which the operator of this portal has not allowed."
        )
        raise NoWay("address_refused", message)


def _reason(error: OSError | None) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (error.strerror if error else None) or "unreachable"
