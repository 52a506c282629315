"""Reading the layers of releases, and what they come to, one upon the other."""

from __future__ import annotations

import gzip

import pytest
import zstandard

from catalog import layers
from catalog.layers import files_of, list_layers
from catalog.models import LayerListing
from registry import push
from registry.digest import Digest
from tests.catalog import world
from tests.catalog.layer_tars import layer

BASE = layer({"usr/lib/libc.so": b"libc", "etc/app/a": b"a", "etc/app/b": b"b", "tmp/x": b"x"}, ["libc6"])


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


@pytest.fixture
def stream(db):
    return world.image().streams.get()


def digests(*contents: bytes) -> list[str]:
    return [str(Digest.of(content)) for content in contents]


def test_the_layers_of_a_release_are_read_once(stream):
    top = layer({"usr/bin/app": b"app"}, links={"usr/bin/link": "app"})
    world.released(stream, content=top, below=(BASE,))
    assert list_layers() == 2
    assert list_layers() == 0
    listing = LayerListing.objects.get(digest=str(Digest.of(BASE)))
    assert (listing.packages, listing.size > 10, listing.trouble) == (["libc6"], True, "")
    files = files_of(digests(BASE, top))
    assert (files["usr/bin/app"].mode, files["usr/bin/app"].size) == ("0755", 3)
    assert (files["usr/bin/link"].kind, files["usr/bin/link"].mark) == ("link", "app")
    assert files["usr/lib/libc.so"].mark != files["tmp/x"].mark


def test_a_later_layer_hides_and_replaces_what_is_below(stream):
    top = layer({"etc/app/.wh.a": b"", "usr/lib/libc.so": b"other", "tmp/.wh..wh..opq": b"", "tmp/y": b"y"})
    world.released(stream, content=top, below=(BASE,))
    list_layers()
    below, merged = files_of(digests(BASE)), files_of(digests(BASE, top))
    assert "etc/app/a" in below
    assert "etc/app/a" not in merged
    assert "etc/app/b" in merged
    assert [path for path in merged if path.startswith("tmp/")] == ["tmp/y"]
    assert merged["usr/lib/libc.so"] != below["usr/lib/libc.so"]


@pytest.mark.parametrize(
    "packed", [gzip.decompress, lambda raw: zstandard.compress(gzip.decompress(raw))], ids=["plain", "zstd"]
)
def test_layers_are_read_however_they_are_packed(stream, packed):
    content = packed(BASE)
    world.released(stream, content=content)
    list_layers()
    assert "etc/app/a" in files_of(digests(content))


@pytest.mark.parametrize(
    "content",
    [b"no archive", BASE[:-40], gzip.compress(b"no archive" * 100, mtime=0)],
    ids=["text", "cut", "packed"],
)
def test_one_that_cannot_be_read_says_why_and_is_not_tried_again(stream, content):
    world.released(stream, content=content)
    assert list_layers() == 1
    assert LayerListing.objects.get().trouble
    assert list_layers() == 0
    assert files_of(digests(content)) is None


def test_one_that_never_ends_is_left(stream, monkeypatch):
    monkeypatch.setattr(layers, "MAX_ENTRIES", 3)
    world.released(stream, content=BASE)
    list_layers()
    assert "more than is read" in LayerListing.objects.get().trouble


def test_what_was_not_read_is_not_taken_for_empty(stream):
    push.store_blob(repository=stream.image.repository, chunks=[BASE])
    assert files_of(digests(BASE)) is None
