"""Hostile input 33: more uploads at once than there is room for, through a real server on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.server import Portal
from tests.hostile.sockets import Said, request, send
from tests.registry.wire import sha256

pytestmark = pytest.mark.xdist_group("hostile-portal")

SIZE, ROOM, CLIENTS = 100_000, 10, 14


@pytest.fixture
def limited(portal: Portal) -> Iterator[Portal]:
    """beta may store ten blobs of SIZE."""
    portal.manage("quota", "beta", str(SIZE * ROOM))
    yield portal
    portal.manage("quota", "beta", "none")


def ask(portal: Portal, line: str, body: bytes = b"") -> Said:
    headers = (f"Host: {portal.host_of('beta')}", f"Authorization: {portal.basic('beta')}")
    return send(portal.port, request(f"{line} HTTP/1.1", *headers, f"Content-Length: {len(body)}", body=body))


def test_of_uploads_that_race_as_many_are_taken_as_fit(limited: Portal):
    contents = [bytes([number]) * SIZE for number in range(CLIENTS)]
    begun = [ask(limited, "POST /v2/race/blobs/uploads/").content for _ in contents]
    places = [re.search(rb"(?i)\r\nlocation: ([^\r]+)", said)[1].decode() for said in begun]
    with ThreadPoolExecutor(CLIENTS) as pool:
        chunks = list(
            pool.map(lambda one: ask(limited, f"PATCH {one[0]}", one[1]), zip(places, contents, strict=True))
        )
    assert sorted(said.status for said in chunks) == [202] * ROOM + [403] * (CLIENTS - ROOM)
    assert all(b'"DENIED"' in said.content for said in chunks if said.status == 403)
    # What was taken is finished, while as many try to come between.
    puts = [
        (f"PUT {place}?digest={sha256(content)}", b"")
        for place, content, said in zip(places, contents, chunks, strict=True) if said.status == 202
    ]  # fmt: skip
    others = [bytes([100 + number]) * SIZE for number in range(ROOM)]
    posts = [(f"POST /v2/other/blobs/uploads/?digest={sha256(one)}", one) for one in others]
    with ThreadPoolExecutor(CLIENTS) as pool:
        ended = list(pool.map(lambda one: ask(limited, *one).status, [*puts, *posts]))
    assert ended == [201] * ROOM + [403] * ROOM
    assert f"beta stores {SIZE * ROOM} bytes and may store" in limited.manage("quota", "beta")
