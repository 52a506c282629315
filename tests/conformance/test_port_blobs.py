"""The conformance suite's cases about blobs, for machines without Go: the same cases, our own code.

Each runs with both digest algorithms. That none is missing is checked in `test_conformance`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.content import digest_of

pytestmark = pytest.mark.xdist_group("registry-server")

ONE, TWO = "/v2/acme/port/one", "/v2/acme/port/two"
CHUNK = 1024


@pytest.fixture(params=["sha256", "sha512"])
def algorithm(request) -> str:
    return request.param


def begin(http) -> str:
    answer = http.post(f"{ONE}/blobs/uploads/")
    assert answer.status_code == 202
    return answer.headers["location"]


def with_digest(place: str, digest: str) -> str:
    return f"{place}{'&' if '?' in place else '?'}digest={digest}"


def post_only(http, content, digest):
    return http.post(f"{ONE}/blobs/uploads/?digest={digest}", content=content)


def post_and_put(http, content, digest):
    return http.put(with_digest(begin(http), digest), content=content)


def stream(http, content, digest):
    pieces: Iterator[bytes] = iter([content[:100], content[100:]])  # without a length: sent chunked
    sent = http.patch(begin(http), content=pieces)
    assert sent.status_code == 202
    return http.put(with_digest(sent.headers["location"], digest))


def send(http, place: str, content: bytes, start: int, *, digest: str = ""):
    headers = {
        "Content-Range": f"{start}-{start + len(content) - 1}",
        "Content-Type": "application/octet-stream",
    }
    if digest:
        return http.put(with_digest(place, digest), content=content, headers=headers)
    return http.patch(place, content=content, headers=headers)


def chunks(size: int = CHUNK, *, put_last: bool = False, is_disordered: bool = False) -> Callable:
    """A way to push in chunks; disordered ones must be refused and lose nothing."""

    def push(http, content, digest):
        place, starts = begin(http), range(0, len(content), size)
        for start in starts:
            piece = content[start : start + size]
            if is_disordered and start + size < len(content):
                assert send(http, place, content[start + size :][:size], start + size).status_code == 416
                asked = http.get(place)
                assert asked.status_code == 204
                assert asked.headers["range"] == f"0-{max(start - 1, 0)}"
                place = asked.headers["location"]
            if put_last and start == starts[-1]:
                return send(http, place, piece, start, digest=digest)
            sent = send(http, place, piece, start)
            assert (sent.status_code, sent.headers["range"]) == (202, f"0-{start + len(piece) - 1}")
            place = sent.headers["location"]
        return http.put(with_digest(place, digest))

    return push


#: The names are those of the Go suite's cases.
WAYS = {
    "post only": post_only,
    "post+put": post_and_put,
    "chunked single": chunks(10 * CHUNK),
    "stream": stream,
    "chunked multi": chunks(),
    "chunked multi and put chunk": chunks(put_last=True),
    "chunked out-of-order": chunks(is_disordered=True),
    "chunked out-of-order and put chunk": chunks(put_last=True, is_disordered=True),
}
MALFORMED_WAYS = {
    "bad digest post only": post_only,
    "bad digest post+put": post_and_put,
    "bad digest chunked": chunks(),
    "bad digest chunked and put chunk": chunks(put_last=True),
    "bad digest stream": stream,
}
KNOWN = {"empty": b"", "emptyJSON": b"{}"}
RANGES = {
    "range 500-1499": (500, 1499),
    "range 500-": (500, 2047),
    "range -500": (1548, 2047),
    "range 2000-5000": (2000, 2047),
    "range 500-0": None,
    "range 5000-10000": None,
}
#: Cases of the suite that have a function of their own below.
ALONE = {"get-missing", "mount", "mount anonymous", "mount missing", "post cancel", "range requests"}


def is_stored(http, content: bytes, digest: str, repository: str = ONE) -> None:
    """It is there, whole and described; then it is deleted, at once."""
    address = f"{repository}/blobs/{digest}"
    head, got = http.head(address), http.get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert (got.status_code, got.content) == (200, content)
    for answer in (head, got):
        assert answer.headers["content-length"] == str(len(content))
        assert answer.headers["docker-content-digest"] == digest
    is_deleted(http, digest, repository)


def is_deleted(http, digest: str, repository: str = ONE) -> None:
    assert http.delete(f"{repository}/blobs/{digest}").status_code == 202
    assert http.head(f"{repository}/blobs/{digest}").status_code == 404


def is_created(answer, digest: str) -> None:
    assert answer.status_code == 201, answer.text
    assert answer.headers["docker-content-digest"] == digest
    assert answer.headers["location"].endswith(f"/blobs/{digest}")


@pytest.mark.parametrize("way", WAYS)
def test_a_blob_arrives_on_every_way(http, algorithm, way):
    content = secrets.token_bytes(3 * CHUNK - 5)
    digest = digest_of(content, algorithm)
    is_created(WAYS[way](http, content, digest), digest)
    is_stored(http, content, digest)


@pytest.mark.parametrize("way", MALFORMED_WAYS)
def test_other_bytes_than_the_digest_says_are_refused_on_every_way(http, algorithm, way):
    content = secrets.token_bytes(3 * CHUNK - 5)
    digest = digest_of(content, algorithm)
    answer = MALFORMED_WAYS[way](http, content + b"more", digest)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert http.head(f"{ONE}/blobs/{digest}").status_code == 404


@pytest.mark.parametrize("name", KNOWN)
def test_the_smallest_blobs_are_kept_like_any_other(http, algorithm, name):
    digest = digest_of(KNOWN[name], algorithm)
    is_created(post_and_put(http, KNOWN[name], digest), digest)
    is_stored(http, KNOWN[name], digest)


def test_a_blob_that_was_never_pushed_is_not_there(http, algorithm):  # get-missing
    answer = http.get(f"{ONE}/blobs/{digest_of(secrets.token_bytes(9), algorithm)}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "BLOB_UNKNOWN")


@pytest.mark.parametrize("source", [f"&from={TWO[4:]}", ""], ids=["mount", "mount anonymous"])
def test_a_blob_is_mounted_from_another_repository(http, algorithm, source):
    content = secrets.token_bytes(300)
    digest = digest_of(content, algorithm)
    is_created(http.post(f"{TWO}/blobs/uploads/?digest={digest}", content=content), digest)
    is_created(http.post(f"{ONE}/blobs/uploads/?mount={digest}{source}"), digest)
    is_stored(http, content, digest)
    is_stored(http, content, digest, TWO)


def test_what_cannot_be_mounted_is_uploaded_instead(http, algorithm):  # mount missing
    content = secrets.token_bytes(300)
    digest = digest_of(content, algorithm)
    answer = http.post(f"{ONE}/blobs/uploads/?mount={digest}&from={TWO[4:]}")
    assert answer.status_code == 202
    is_created(http.put(with_digest(answer.headers["location"], digest), content=content), digest)
    is_stored(http, content, digest)


def test_a_cancelled_upload_is_over(http, algorithm):  # post cancel
    place = begin(http)
    assert http.delete(place).status_code == 204
    assert http.get(place).status_code == 404
    answer = http.put(with_digest(place, digest_of(b"late", algorithm)), content=b"late")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_served_or_refused(http, algorithm, name):  # range requests
    content = secrets.token_bytes(2048)
    digest = digest_of(content, algorithm)
    is_created(post_only(http, content, digest), digest)
    answer = http.get(f"{ONE}/blobs/{digest}", headers={"Range": "bytes=" + name.removeprefix("range ")})
    if RANGES[name] is None:
        assert answer.status_code == 416
    else:
        first, last = RANGES[name]
        assert (answer.status_code, answer.content) == (206, content[first : last + 1])
        assert answer.headers["content-range"] == f"bytes {first}-{last}/2048"
    is_deleted(http, digest)
