"""A disk that is really full, on every way to upload: it is said, nothing is half written, and tags keep serving."""

from __future__ import annotations

import os
import resource
import subprocess

import pytest

from registry.fsck import check
from registry.models import Blob
from registry.storage import spool
from tests.registry.wire import image, sha256

ROOM = 1024 * 1024
CONTENT = os.urandom(ROOM + ROOM // 2)


class TmpfsDisk:
    def __init__(self, path):
        self.path = path
        path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", path], check=True)

    def grow(self):
        subprocess.run(["mount", "-o", f"remount,size={4 * ROOM}", self.path], check=True)

    def end(self):
        subprocess.run(["umount", "--lazy", self.path], check=True)


class FileLimit:
    """What an ordinary user can have: files that end at a size."""

    def __init__(self, path):
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, self._before[1]))

    def grow(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)

    end = grow


@pytest.fixture
def disk(settings, tmp_path):
    place = tmp_path / "small"
    disk = (TmpfsDisk if os.geteuid() == 0 else FileLimit)(place)
    settings.STORAGE_ROOT = place
    yield disk
    disk.end()


def refused(answer):
    assert (answer.status, answer.code) == (507, "STORAGE_FULL"), answer.content


def whole(wire):
    """What was there before is served as ever, and nothing else is there."""
    assert wire("GET", "/v2/app/manifests/1").content == image(b"layer")
    assert wire("GET", f"/v2/app/blobs/{sha256(b'layer')}").content == b"layer"
    assert Blob.objects.count() == 2
    assert list(check()) == []


def test_a_blob_in_one_post(ours, disk):
    ours.image("app", "1")
    post = f"/v2/app/blobs/uploads/?digest={sha256(CONTENT)}"
    refused(ours("POST", post, CONTENT))
    whole(ours)
    assert not list(spool.folder().iterdir())
    disk.grow()
    assert ours("POST", post, CONTENT).status == 201


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_upload_stands_with_what_there_was_room_for_and_goes_on(ours, disk, method):
    ours.image("app", "1")
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    put = f"{place}?digest={sha256(CONTENT)}"
    refused(ours(method, place if method == "PATCH" else put, CONTENT))
    at = int(ours("GET", place).headers["range"].partition("-")[2]) + 1
    assert 0 < at <= ROOM
    whole(ours)
    disk.grow()
    assert ours("PUT", put, CONTENT[at:], HTTP_CONTENT_RANGE=f"{at}-{len(CONTENT) - 1}").status == 201
    assert ours("GET", f"/v2/app/blobs/{sha256(CONTENT)}").content == CONTENT


def test_what_arrived_whole_is_finished_on_a_full_disk(ours, disk):
    ours.image("app", "1")
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    half = CONTENT[: ROOM // 2]
    assert ours("PATCH", place, half).status == 202
    refused(ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(CONTENT)}", CONTENT))
    assert ours("PUT", f"{place}?digest={sha256(half)}").status == 201
    assert ours("GET", f"/v2/app/blobs/{sha256(half)}").content == half


def test_a_client_may_give_up_and_the_room_is_free_again(ours, disk):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    refused(ours("PATCH", place, CONTENT))
    assert ours("DELETE", place).status == 204
    ours.blob("app", CONTENT[: ROOM // 2])
