"""Blobs on the way out: ranges, headers, a file that is gone."""

from __future__ import annotations

import pytest

from registry import storage
from registry.models import Blob
from tests.registry.wire import sha256

CONTENT = bytes(range(100))


@pytest.fixture
def path(ours):
    return f"/v2/app/blobs/{ours.blob('app', CONTENT)}"


def test_a_whole_blob(ours, path):
    answer = ours("GET", path)
    assert (answer.status, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == "100"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["docker-content-digest"] == sha256(CONTENT)
    assert answer.headers["etag"] == f'"{sha256(CONTENT)}"'
    assert "content-encoding" not in answer.headers


def test_head_says_the_same_without_the_bytes(ours, path):
    got, head = ours("GET", path), ours("HEAD", path)
    assert head.content == b""
    assert head.headers == got.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-1000", 0, 99),
        ("bytes=50-1000", 50, 99),
        ("bytes=0-9999999999999999999", 0, 99),
        ("bytes= 5-6 ", 5, 6),
    ],
)
def test_a_range(ours, path, asked, start, end):
    answer = ours("GET", path, HTTP_RANGE=asked)
    assert (answer.status, answer.content) == (206, CONTENT[start : end + 1])
    assert answer.headers["content-range"] == f"bytes {start}-{end}/100"
    assert answer.headers["content-length"] == str(end - start + 1)


@pytest.mark.parametrize(
    "asked", ["bytes=100-", "bytes=100-200", "bytes=5-4", "bytes=9999999999999999999-", "bytes=-0"]
)
def test_a_range_where_nothing_lies(ours, path, asked):
    answer = ours("GET", path, HTTP_RANGE=asked)
    assert (answer.status, answer.code) == (416, "RANGE_INVALID")
    assert answer.headers["content-range"] == "bytes */100"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,5-6",
        "0-1",
        "bytes=\u0660-\u0661",
        "bytes=1-2-3",
    ],
)
def test_what_is_no_single_range_gets_the_whole(ours, path, asked):
    answer = ours("GET", path, HTTP_RANGE=asked)
    assert (answer.status, answer.content) == (200, CONTENT)


def test_an_empty_blob(ours):
    path = f"/v2/app/blobs/{ours.blob('app', b'')}"
    answer = ours("GET", path)
    assert (answer.status, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert ours("GET", path, HTTP_RANGE="bytes=0-").status == 416


def test_a_blob_whose_file_is_gone_is_not_there_and_can_be_sent_again(ours, path):
    storage.current().path(Blob.objects.get().storage_key).unlink()
    for method in ("GET", "HEAD"):
        assert ours(method, path).status == 404
    ours.blob("app", CONTENT)
    assert ours("GET", path).content == CONTENT


def test_a_blob_that_is_removed_while_it_is_sent_is_sent_to_its_end(ours, path):
    from django.core.handlers.wsgi import WSGIRequest

    from registry.door import dispatch
    from tests.registry.wire import environ_of

    response = dispatch.answer(WSGIRequest(environ_of(ours, "GET", path)))
    storage.current().path(Blob.objects.get().storage_key).unlink()
    assert b"".join(response) == CONTENT


def test_a_deleted_blob_is_gone_here_only(ours, path):
    ours.blob("other", CONTENT)
    assert ours("DELETE", path).status == 202
    assert ours("HEAD", path).status == 404
    assert ours("DELETE", path).code == "BLOB_UNKNOWN"
    assert ours("GET", path.replace("/app/", "/other/")).content == CONTENT
