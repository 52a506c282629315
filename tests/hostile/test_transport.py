"""Hostile inputs 29 and 30: bodies that lie, stall or break off, through a real server; and two writers at once."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest

from tests.hostile.sockets import PATIENCE, Said, request, send
from tests.registry.wire import sha256

pytestmark = pytest.mark.xdist_group("hostile-portal")


@pytest.fixture
def lines(portal):
    """Header lines of acme's owner."""
    return (f"Host: {portal.host_of('acme')}", f"Authorization: {portal.basic('acme')}")


@pytest.fixture
def place(knock):
    """An upload under way."""
    return location(knock("POST /v2/app/blobs/uploads/"))


def location(said: Said) -> str:
    assert said.status == 202, said.content
    return re.search(rb"(?i)\r\nlocation: ([^\r]+)", said.content)[1].decode()


def stands_at(knock, place: str) -> str:
    said = knock(f"GET {place}")
    return re.search(rb"(?i)\r\nrange: ([^\r]+)", said.content)[1].decode()


def test_two_lengths_are_refused(portal, lines, place):
    both = request(f"PATCH {place} HTTP/1.1", *lines, "Content-Length: 3", "Content-Length: 5", body=b"abcde")
    assert send(portal.port, both).status == 400


def test_a_length_beside_chunks_never_makes_a_second_request(portal, lines, place, knock):
    hidden = request("DELETE /v2/app/manifests/x HTTP/1.1", *lines)
    smuggling = request(
        f"PATCH {place} HTTP/1.1",
        *lines,
        f"Content-Length: {len(hidden) + 5}",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\n" + hidden,
    )
    said = send(portal.port, smuggling)
    assert len(said.statuses) <= 1
    assert stands_at(knock, place) == "0-0"


@pytest.mark.parametrize("coding", ["xchunked", "gzip", "chunked, identity", "identity, chunked, gzip"])
def test_a_transfer_coding_that_nobody_knows_is_refused(portal, lines, place, coding, knock):
    wrong = request(
        f"PATCH {place} HTTP/1.1", *lines, f"Transfer-Encoding: {coding}", body=b"3\r\nabc\r\n0\r\n\r\n"
    )
    assert send(portal.port, wrong).status in (0, 400, 501)
    assert stands_at(knock, place) == "0-0"


@pytest.mark.parametrize("size", ["-1", "+3", "0x3", "3 3", "99999999999999999999"])
def test_a_length_that_is_no_number_is_refused(portal, lines, place, size, knock):
    said = send(
        portal.port,
        request(f"PATCH {place} HTTP/1.1", *lines, f"Content-Length: {size}", body=b"abc"),
        is_ended=True,
    )
    assert said.status in (0, 400)
    assert stands_at(knock, place) in ("0-0", "0-2")  # what really came may be kept, never more


def test_what_came_before_an_abrupt_close_is_kept_and_can_be_continued(portal, lines, place, knock):
    cut = request(f"PATCH {place} HTTP/1.1", *lines, "Content-Length: 1000", body=b"abc")
    with socket.create_connection(("127.0.0.1", portal.port)) as connection:
        connection.sendall(cut)
        time.sleep(0.2)  # the server has read it
    _await(lambda: stands_at(knock, place) == "0-2")
    assert knock(f"PUT {place}?digest={sha256(b'abcdef')}", "Content-Range: 3-5", body=b"def").status == 201
    assert knock(f"GET /v2/app/blobs/{sha256(b'abcdef')}").content.endswith(b"abcdef")


def test_a_single_post_that_breaks_off_leaves_nothing(portal, lines, knock):
    digest = sha256(b"whole")
    cut = request(
        f"POST /v2/app/blobs/uploads/?digest={digest} HTTP/1.1", *lines, "Content-Length: 5", body=b"who"
    )
    assert send(portal.port, cut, is_ended=True).status in (0, 400)
    assert knock(f"HEAD /v2/app/blobs/{digest}").status == 404


def test_chunks_that_break_off_are_no_whole_blob(portal, lines, place, knock):
    """The server tells the end of a stream from its breaking off as little as we can; the digest does."""
    digest = sha256(b"in chunks")  # of no other test here, whose blob would be found
    head = (f"PUT {place}?digest={digest} HTTP/1.1", *lines, "Transfer-Encoding: chunked")
    said = send(portal.port, request(*head, body=b"3\r\nin \r\n"), is_ended=True)
    assert said.status in (0, 400)
    assert knock(f"HEAD /v2/app/blobs/{digest}").status == 404


def test_a_slow_sender_holds_up_nobody_and_loses_nothing(portal, lines, place, knock):
    """Ten crawl at once, more than the server has threads; others are served meanwhile."""
    places = [place, *(location(knock("POST /v2/app/blobs/uploads/")) for _ in range(9))]
    slow = [socket.create_connection(("127.0.0.1", portal.port), timeout=PATIENCE) for _ in places]
    try:
        for connection, one in zip(slow, places, strict=True):
            connection.sendall(request(f"PATCH {one} HTTP/1.1", *lines, "Content-Length: 3", body=b"a"))
        assert knock("GET /v2/").status == 200
        for connection in slow:
            connection.sendall(b"bc")
        for connection in slow:
            assert connection.recv(65536).startswith(b"HTTP/1.1 202")
    finally:
        for connection in slow:
            connection.close()
    assert [stands_at(knock, one) for one in places] == ["0-2"] * 10


def test_of_writers_at_the_same_time_one_wins_and_the_others_are_told(portal, place, knock):
    content, said = b"x" * 500_000, []

    def write() -> None:
        said.append(knock(f"PATCH {place}", f"Content-Range: 0-{len(content) - 1}", body=content).status)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert sorted(said) == [202, 416, 416, 416]
    assert knock(f"PUT {place}?digest={sha256(content)}").status == 201


def test_a_request_line_that_is_none_ends_the_connection(portal):
    for line in (b"\x16\x03\x01\x00\xa5", b"GET", b"GET /v2/ HTTP/9.9", b"G\x00T /v2/ HTTP/1.1"):
        assert send(portal.port, line + b"\r\n\r\n").status in (0, 400, 505)
    assert send(portal.port, b"GET /v2/ HTTP/1.1\r\n" + b"A: " + b"a" * 5_000_000).status in (0, 400, 431)


def _await(is_so) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
