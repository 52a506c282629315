"""fsck: silent about what is whole, and it names each thing that is not."""

from __future__ import annotations

import os

import pytest
from django.core.management import CommandError, call_command

from registry import storage
from registry.fsck import check
from registry.models import Blob, Manifest, RepositoryBlob, RepositoryManifest
from registry.storage import spool
from tests.registry.wire import image, index, sha256

LAYER = b"some layer"


@pytest.fixture
def stored(ours):
    """A tagged index of one image."""
    ours.image("app", "", LAYER)
    ours.manifest("app", "1", index(image(LAYER)))
    return storage.current().path(Blob.objects.get(digest=sha256(LAYER)).storage_key)


def codes(**options) -> list[tuple[str, str]]:
    return [(one.code, one.thing) for one in check(**options)]


def test_nothing_is_found_where_all_is_well(stored, capsys):
    assert codes() == []
    call_command("fsck")
    assert "whole" in capsys.readouterr().out


def test_a_missing_file(stored):
    stored.unlink()
    assert codes() == [("blob-missing", sha256(LAYER))]


def test_a_short_file_is_found_without_hashing(stored):
    stored.write_bytes(LAYER[:-1])
    assert codes(sample=0) == [("blob-size", sha256(LAYER))]


def test_a_changed_byte(stored, capsys):
    stored.write_bytes(b"Some layer")
    assert codes() == [("blob-damaged", sha256(LAYER))]
    assert codes(sample=0) == []
    with pytest.raises(CommandError, match="1 findings"):
        call_command("fsck")
    assert f"blob-damaged {sha256(LAYER)} is {sha256(b'Some layer')}" in capsys.readouterr().out


def test_a_damaged_manifest(stored):
    digest = sha256(image(LAYER))
    Manifest.objects.filter(digest=digest).update(content=image(b"other"))
    assert codes() == [("manifest-damaged", digest)]


def test_a_manifest_without_its_parts(stored):
    RepositoryBlob.objects.filter(blob__digest=sha256(LAYER)).delete()
    RepositoryManifest.objects.filter(manifest__digest=sha256(image(LAYER))).delete()
    assert codes() == [("manifest-not-linked", sha256(image(LAYER)))]
    RepositoryManifest.objects.create(
        repository=RepositoryManifest.objects.get().repository,
        manifest=Manifest.objects.get(digest=sha256(image(LAYER))),
    )
    assert codes() == [("blob-not-linked", sha256(LAYER))]


def test_a_file_nobody_knows_is_named_once_it_is_old(stored):
    path, found = spool.write([b"a push died here"])
    key = storage.current().keep(path, found.digest)
    assert codes() == []
    os.utime(storage.current().path(key), (0, 0))
    assert codes() == [("file-unknown", key)]
