"""For these tests: the registry in this process, and a portal on PostgreSQL behind a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conformance.server import Portal
from tests.hostile.sockets import Said, request, send
from tests.registry.conftest import (
    _own_storage,
    foreign_secret,
    nobody,
    ours,
    secret,
    shelf,
    theirs,
)
from tests.servers.databases import postgres

__all__ = ["_own_storage", "foreign_secret", "nobody", "ours", "secret", "shelf", "theirs"]

Knock = Callable[..., Said]


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    with postgres() as database, Portal(database, has_pages=True) as started:
        yield started
        for fault in ("Fault while answering", "Application callable raised"):
            assert fault not in started.log, started.log


@pytest.fixture
def knock(portal: Portal) -> Knock:
    """Send one request as acme's owner to acme's host, bytes as they are; other hosts by `hosts`."""

    def ask(line: str, *headers: str, body: bytes = b"", hosts: tuple[str, ...] | None = None) -> Said:
        named = (portal.host_of("acme"),) if hosts is None else hosts
        lines = [f"Host: {one}" for one in named] + [f"Authorization: {portal.basic('acme')}", *headers]
        if body or not line.startswith(("GET", "HEAD")):
            lines.append(f"Content-Length: {len(body)}")
        return send(portal.port, request(f"{line} HTTP/1.1", *lines, body=body))

    return ask
