"""No room: a full disk and a full quota are said with a code of their own, and lose nothing."""

from __future__ import annotations

import errno
import os

import pytest
from django.db import OperationalError

from registry import storage
from registry.door import asking
from registry.door import uploads as door
from registry.models import Blob, Repository
from tests.registry.wire import sha256


@pytest.fixture
def full_after(monkeypatch):
    """full_after(n): the disk takes n bytes of a body, then no more."""

    def fill(most: int) -> None:
        def body(request):
            yield request.META["wsgi.input"].read(most)
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(door, "body", body)

    return fill


def test_a_full_disk_is_said_and_leaves_no_file(ours, full_after):
    full_after(3)
    answer = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'abcdef')}", b"abcdef")
    assert (answer.status, answer.code) == (507, "STORAGE_FULL")
    assert not [path for path in storage.current().root.rglob("*") if path.is_file()]


def test_an_upload_that_met_a_full_disk_is_resumed_when_there_is_room(ours, full_after, monkeypatch):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    full_after(3)
    assert ours("PATCH", place, b"abcdef").status == 507
    monkeypatch.setattr(door, "body", asking.body)
    assert ours("GET", place).headers["range"] == "0-2"
    assert ours("PATCH", place, b"def", HTTP_CONTENT_RANGE="3-5").status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'abcdef')}").status == 201


@pytest.mark.parametrize("error", [OSError(errno.EDQUOT, "x"), OperationalError("database or disk is full")])
def test_a_full_disk_at_the_last_step_leaves_no_row(ours, monkeypatch, error):
    def refuses(*_):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuses)
        answer = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'abc')}", b"abc")
    assert (answer.status, answer.code) == (507, "STORAGE_FULL")
    assert not Blob.objects.exists()
    ours.blob("app", b"abc")


def test_another_error_is_a_fault_of_ours_and_tells_nothing(ours, monkeypatch, caplog):
    def breaks(*_):
        raise OSError(errno.EIO, "/secret/place")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", breaks)
        answer = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'abc')}", b"abc")
    assert (answer.status, answer.code) == (500, "UNKNOWN")
    assert b"secret" not in answer.content
    assert "/secret/place" in caplog.text


def test_a_quota_counts_each_blob_once(ours):
    ours.image("app", "1", b"x" * 50)
    Repository.objects.update(quota_bytes=102)
    ours.blob("app", b"x" * 50)
    ours.blob("app", b"y" * 50)
    answer = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'z')}", b"z")
    assert (answer.status, answer.code) == (403, "DENIED")
    assert "quota" in answer.json["errors"][0]["message"]
    assert ours("HEAD", f"/v2/app/blobs/{sha256(b'z')}").status == 404
    assert not Blob.objects.filter(digest=sha256(b"z")).exists()
    assert ours("DELETE", f"/v2/app/blobs/{sha256(b'y' * 50)}").status == 202
    ours.blob("app", b"z")
