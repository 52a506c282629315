"""The scrub: reads what was not read for longest, withholds what is damaged, and lets it go when it is whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from registry import scrub, storage
from registry.collect import collect
from registry.fsck import check
from registry.models import Blob
from tests.registry.wire import image, sha256

LAYER = b"some layer"


@pytest.fixture
def file(ours):
    """Of the layer of an image that is tagged."""
    ours.image("app", "1", LAYER)
    return storage.current().path(Blob.objects.get(digest=sha256(LAYER)).storage_key)


def later(ours, *request: str):
    """Asked when nothing that was remembered about it may be believed any more."""
    with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=True):
        return ours(*request)


def test_a_whole_store_is_read_and_nothing_is_withheld(ours, file, capsys):
    call_command("scrub")
    assert capsys.readouterr().out == "2 blobs (12 bytes) read, 0 withheld, 0 whole again\n"
    assert not Blob.objects.filter(checked_at=None).exists()


@pytest.mark.parametrize("content", [b"Some layer", b"short", None])
def test_a_damaged_blob_is_withheld_and_named(ours, file, content, caplog, capsys):
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(CommandError, match="withheld"):
        call_command("scrub")
    assert sha256(LAYER) in caplog.text
    assert "1 withheld" in capsys.readouterr().out
    path = f"/v2/app/blobs/{sha256(LAYER)}"
    for method in ("GET", "HEAD"):
        assert later(ours, method, path).status == 404
    assert [(one.code, one.thing) for one in check()] == [("blob-withheld", sha256(LAYER))]


def test_a_push_of_the_same_bytes_makes_it_whole(ours, file):
    file.write_bytes(b"Some layer")
    scrub.scrub()
    refused = ours.manifest("app", "2", image(LAYER))
    assert refused.code == "MANIFEST_BLOB_UNKNOWN"  # so that a client sends the layer again
    ours.image("app", "2", LAYER)
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER
    assert list(check()) == []
    assert file.read_bytes() == b"Some layer"  # kept for a day, for whoever wants to know what happened
    with time_machine.travel(timezone.now() + timedelta(days=1.1), tick=True):
        assert collect().strays == 1
    assert not file.exists()


def test_a_restored_file_ends_it(ours, file):
    file.write_bytes(b"Some layer")
    scrub.scrub()
    file.write_bytes(LAYER)
    assert scrub.scrub().released == 1
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER
    assert scrub.scrub().released == 0


def test_a_withheld_blob_that_nothing_needs_is_collected(ours, file):
    file.write_bytes(b"Some layer")
    scrub.scrub()
    ours("DELETE", f"/v2/app/manifests/{sha256(image(LAYER))}")
    for days in (92, 94, 96):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
            collect()
    assert not Blob.objects.exists()
    assert not file.exists()


def test_a_run_reads_its_share_and_the_next_goes_on(ours, monkeypatch):
    for number in range(6):
        ours.blob("app", bytes([number]) * 100)
    monkeypatch.setattr(scrub, "LEAST", 150)
    read = []
    for _ in range(3):
        before = timezone.now()
        scrub.scrub()
        read.append(set(Blob.objects.filter(checked_at__gte=before).values_list("digest", flat=True)))
    assert [len(one) for one in read] == [2, 2, 2]
    assert len(set.union(*read)) == 6
    assert scrub.scrub(is_all=True).blobs == 6


def test_what_is_replaced_while_it_is_read_is_not_withheld(ours, file, monkeypatch):
    real = scrub.flaw

    def replaced(blob):
        found = real(blob)
        if found:
            ours.blob("app", LAYER)
        return found

    file.unlink()
    monkeypatch.setattr(scrub, "flaw", replaced)
    assert scrub.scrub().withheld == 0
    assert Blob.objects.get(digest=sha256(LAYER)).state == Blob.State.LIVE
