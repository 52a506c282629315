"""Who sends a blob's bytes: what the door tells nginx or the client, and that nothing is told too early."""

from __future__ import annotations

import pytest

from registry import storage
from registry.models import Blob
from tests.registry.wire import sha256

CONTENT = bytes(range(100))


@pytest.fixture
def path(ours):
    return f"/v2/app/blobs/{ours.blob('app', CONTENT)}"


@pytest.fixture
def _x_accel(settings):
    settings.BLOB_SERVING = "x-accel"


@pytest.mark.usefixtures("_x_accel")
def test_nginx_is_told_the_key_and_gets_the_headers_but_no_byte(ours, path):
    answer = ours("GET", path, HTTP_RANGE="bytes=5-6")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["x-accel-redirect"] == f"/_assay/{Blob.objects.get().storage_key}"
    assert answer.headers["docker-content-digest"] == sha256(CONTENT)
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.usefixtures("_x_accel")
def test_a_head_is_answered_without_nginx(ours, path):
    answer = ours("HEAD", path)
    assert "x-accel-redirect" not in answer.headers
    assert answer.headers["content-length"] == "100"


@pytest.mark.usefixtures("_x_accel")
def test_nginx_is_told_nothing_of_what_may_not_be_pulled(ours, theirs, nobody, path):
    for answer in (theirs("GET", path), nobody("GET", path), ours("GET", path.replace("/app/", "/other/"))):
        assert answer.status in (401, 404)
        assert "x-accel-redirect" not in answer.headers


@pytest.mark.usefixtures("_x_accel")
def test_nginx_is_not_sent_to_a_file_that_was_cut_short(ours, path):
    storage.current().path(Blob.objects.get().storage_key).write_bytes(CONTENT[:-1])
    for method in ("GET", "HEAD"):
        assert ours(method, path).status == 404


def test_a_file_that_was_cut_short_is_not_sent(ours, path):
    storage.current().path(Blob.objects.get().storage_key).write_bytes(CONTENT[:-1])
    for method in ("GET", "HEAD"):
        assert ours(method, path).status == 404
    ours.blob("app", CONTENT)
    assert ours("GET", path).content == CONTENT
