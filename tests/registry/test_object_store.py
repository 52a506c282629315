"""The registry on an object store (S3, moto's server): what it serves, and what happens while it is away."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry import storage
from registry.collect import collect
from registry.fsck import check
from registry.models import Blob, RepositoryBlob, Upload
from registry.storage import spool
from tests.registry.test_collect import collect_after
from tests.registry.wire import sha256
from tests.servers.objects import BUCKET

pytestmark = [pytest.mark.xdist_group("object-store"), pytest.mark.usefixtures("_objects")]
CONTENT = bytes(range(256)) * 4


@pytest.fixture
def path(ours):
    return f"/v2/app/blobs/{ours.blob('app', CONTENT)}"


def test_a_blob_is_one_object_and_nothing_stays_on_the_disk(server, ours, path):
    (key,) = server.keys()
    assert key == f"registry/{Blob.objects.get().storage_key}"
    assert server.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == CONTENT
    assert not list(spool.folder().iterdir())


def test_a_blob_and_its_ranges(ours, path):
    whole = ours("GET", path)
    assert (whole.status, whole.content) == (200, CONTENT)
    assert ours("HEAD", path).headers == whole.headers
    part = ours("GET", path, HTTP_RANGE="bytes=1000-1009")
    assert (part.status, part.content) == (206, CONTENT[1000:1010])
    assert part.headers["content-range"] == "bytes 1000-1009/1024"
    assert ours("GET", path, HTTP_RANGE="bytes=1024-").status == 416


def test_an_empty_blob(ours):
    path = f"/v2/app/blobs/{ours.blob('app', b'')}"
    answer = ours("GET", path)
    assert (answer.status, answer.content) == (200, b"")


def test_a_large_blob_goes_in_parts(server, ours, monkeypatch):
    from registry.storage import objects

    monkeypatch.setattr(objects, "PART", 5 * 1024 * 1024)
    content = os.urandom(11 * 1024 * 1024)
    digest = ours.blob("app", content)
    (key,) = server.keys()
    assert server.client.head_object(Bucket=BUCKET, Key=key)["ETag"].endswith('-3"')
    assert sha256(ours("GET", f"/v2/app/blobs/{digest}").content) == digest


def test_an_upload_in_pieces_of_any_size(ours):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    for at, piece in enumerate(b"abc"):
        assert ours("PATCH", place, bytes([piece]), HTTP_CONTENT_RANGE=f"{at}-{at}").status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'abc')}").status == 201
    assert ours("GET", f"/v2/app/blobs/{sha256(b'abc')}").content == b"abc"


def test_the_same_bytes_pushed_twice_are_one_object(server, ours, theirs, path):
    theirs.blob("app", CONTENT)
    assert len(server.keys()) == 1


def test_collection_and_fsck_work_on_objects(server, ours):
    ours.image("app", "1", b"a layer")
    assert list(check()) == []
    ours("DELETE", f"/v2/app/blobs/{sha256(b'a layer')}")
    ours.image("app", "1", b"its successor")
    ours.blob("app", b"of no manifest")
    assert len(server.keys()) == 4
    assert collect_after(92).blobs == 2
    assert len(server.keys()) == 2
    server.empty()
    assert {one.code for one in check()} == {"blob-missing"}


def test_an_object_of_another_size_is_not_served_and_is_replaced_by_a_push(server, ours, path):
    server.client.put_object(Bucket=BUCKET, Key=server.keys()[0], Body=CONTENT[:-1])
    assert ours("GET", path).code == "BLOB_UNKNOWN"
    assert [one.code for one in check()] == ["blob-size"]
    ours.blob("app", CONTENT)
    assert ours("GET", path).content == CONTENT


@pytest.fixture(params=["refuses", "is silent"])
def cable(server, monkeypatch, request):
    """Cuts the store off, in one of two ways, and joins it again."""
    from registry.storage import objects

    monkeypatch.setitem(objects.PATIENCE, "max_retries", 0)
    monkeypatch.setitem(objects.CLIENT, "read_timeout", timedelta(milliseconds=500))
    storage._objects.cache_clear()
    server.cable.away = server.cable.cut if request.param == "refuses" else server.cable.fall_silent
    yield server.cable
    server.cable.join()


def test_while_the_store_is_away_a_pull_is_refused_and_told_to_come_again(ours, path, cable):
    cable.away()
    answer = ours("GET", path)
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    assert BUCKET.encode() not in answer.content
    assert "127.0.0.1" not in str(answer)
    cable.join()
    assert ours("GET", path).content == CONTENT


def test_an_upload_that_met_an_outage_is_finished_when_the_store_is_back(ours, cable):
    cable.away()
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    assert ours("PATCH", place, CONTENT).status == 202
    put = f"{place}?digest={sha256(CONTENT)}"
    answer = ours("PUT", put)
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert ours("GET", place).headers["range"] == f"0-{len(CONTENT) - 1}"
    assert not Blob.objects.exists()
    cable.join()
    assert ours("PUT", put).status == 201
    assert ours("GET", f"/v2/app/blobs/{sha256(CONTENT)}").content == CONTENT
    assert not Upload.objects.exists()


def test_a_blob_in_one_post_leaves_nothing_when_the_store_is_away(ours, cable):
    cable.away()
    answer = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(CONTENT)}", CONTENT)
    assert answer.status == 503
    assert not Blob.objects.exists()
    assert not list(spool.folder().iterdir())


def test_collection_that_meets_an_outage_is_finished_by_the_next_run(server, ours, path, cable):
    from registry.errors import StoreUnavailable

    RepositoryBlob.objects.all().delete()
    collect(grace=timedelta(days=1))
    cable.away()
    with pytest.raises(StoreUnavailable):
        collect(grace=timedelta(0))
    assert Blob.objects.get().state == Blob.State.DELETING
    cable.join()
    assert collect(grace=timedelta(0)).blobs == 1
    assert not Blob.objects.exists()


def test_without_its_library_the_settings_are_refused_in_a_sentence(monkeypatch, settings):
    import sys

    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "registry.storage.objects", raising=False)
    storage._objects.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="extra s3"):
        storage.current()
    monkeypatch.undo()
