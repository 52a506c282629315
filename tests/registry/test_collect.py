"""Garbage collection: what goes, what stays, and that it may be killed or raced anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from registry import collect, push, storage
from registry.models import Blob, Grant, HeldTag, Repository, Tag, TagEvent, Upload
from registry.storage import spool
from registry.storage.files import Files
from tenants.models import AccessToken
from tests.registry.wire import descriptor, image, index, sha256

LAYER = b"some layer"


def test_what_is_pushed_again_after_its_time_is_fresh_again(ours):
    digest = ours.image("app", "", LAYER)
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=True):
        AccessToken.unscoped.update(expires_at=timezone.now() + timedelta(days=1))
        assert ours.image("app", "", LAYER) == digest
        collect.collect()
        assert ours("GET", f"/v2/app/manifests/{digest}").status == 200


def collect_after(days: float) -> collect.Collected:
    """A run that many days from now; what it gives of two runs, since a blob is marked by the first."""
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
        first = collect.collect()
    with time_machine.travel(timezone.now() + timedelta(days=days + 1.1), tick=True):
        second = collect.collect()
    with time_machine.travel(timezone.now() + timedelta(days=days + 2.2), tick=True):
        third = collect.collect()
    return collect.Collected(
        *(sum(getattr(one, name) for one in (first, second, third)) for name in collect.Collected.__slots__)
    )


def files() -> set[str]:
    return {
        path.name.partition(".")[0]
        for path in (storage.current().root / "blobs").rglob("*")
        if path.is_file()
    }


def hex_of(content: bytes) -> str:
    return sha256(content).partition(":")[2]


def test_what_a_tag_points_to_stays(ours):
    ours.image("app", "1", LAYER)
    done = collect_after(400)
    assert (done.manifests, done.blobs) == (0, 0)
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER


def test_what_lost_its_tag_goes_when_the_retention_ends(ours):
    ours.image("app", "1", LAYER)
    ours.image("app", "1", b"its successor")
    assert collect_after(80).manifests == 0
    done = collect_after(92)
    assert (done.manifests, done.blobs, done.size) == (1, 1, len(LAYER))
    assert files() == {hex_of(b"{}"), hex_of(b"its successor")}
    assert not Blob.objects.filter(digest=sha256(LAYER)).exists()
    # History still says what the tag was.
    assert TagEvent.objects.filter(previous__digest=sha256(image(LAYER))).exists()


def test_what_went_can_be_pushed_again(ours):
    digest = ours.image("app", "1", LAYER)
    ours.image("app", "1", b"its successor")
    collect_after(92)
    assert ours("GET", f"/v2/app/manifests/{digest}").status == 404
    assert ours.manifest("app", "1", image(LAYER)).code == "MANIFEST_BLOB_UNKNOWN"
    assert ours.image("app", "1", LAYER) == digest
    assert collect_after(400).blobs == 1  # the successor's
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER


def test_children_and_referrers_stay_with_what_is_tagged(ours):
    child = ours.image("app", "", LAYER)
    ours.manifest("app", "1", index(image(LAYER)))
    subject = {**descriptor(image(LAYER)), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    signature = ours.image("app", "", b"signature", subject=subject)
    over = {**descriptor(image(b"signature", subject=subject)), "mediaType": subject["mediaType"]}
    about_signature = ours.image("app", "", b"on the signature", subject=over)
    assert collect_after(400).manifests == 0
    for digest in (child, signature, about_signature):
        assert ours("GET", f"/v2/app/manifests/{digest}").status == 200


def test_a_child_that_is_pushed_again_counts_as_listed_again(ours):
    child = ours.image("app", "", LAYER)
    assert ours.manifest("app", "1", index(image(LAYER))).status == 201
    assert ours("DELETE", f"/v2/app/manifests/{child}").status == 202
    collect_after(2)
    assert ours.image("app", "", LAYER) == child
    collect_after(91)
    AccessToken.unscoped.update(expires_at=timezone.now() + timedelta(days=1))
    assert ours("GET", f"/v2/app/manifests/{child}").status == 200


def test_referrers_go_with_their_subject(ours):
    ours.image("app", "1", LAYER)
    subject = {**descriptor(image(LAYER)), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    ours.image("app", "", b"signature", subject=subject)
    assert ours("DELETE", f"/v2/app/manifests/{sha256(image(LAYER))}").status == 202
    assert collect_after(92).manifests == 1
    assert files() == set()


def test_a_held_tag_keeps_its_manifest(shelf, acme):
    old = shelf.image(LAYER, "1")
    shelf.image(b"newer", "1")
    grant = Grant.objects.create(tenant=acme, name="nginx", repository=shelf.repository, tag_patterns=["*"])
    HeldTag.objects.create(grant=grant, name="1", manifest=old)
    assert collect_after(400).manifests == 0
    HeldTag.objects.all().delete()
    assert collect_after(400).manifests == 1


def test_a_blob_that_no_manifest_named_goes_after_a_day(ours):
    ours.blob("app", LAYER)
    collect.collect()
    assert files() == {hex_of(LAYER)}
    assert collect_after(1.1).blobs == 1
    assert files() == set()


def test_an_old_blob_of_a_deleted_manifest_still_serves_a_push_that_saw_it(ours):
    ours.image("app", "1", LAYER)
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=True):
        ours("DELETE", f"/v2/app/manifests/{sha256(image(LAYER))}")
        collect.collect()
        assert ours.manifest("app", "2", image(LAYER)).status == 201


def test_a_blob_two_repositories_share_stays_for_the_other(ours, theirs):
    ours.image("app", "1", LAYER)
    theirs.image("app", "1", LAYER)
    ours("DELETE", f"/v2/app/manifests/{sha256(image(LAYER))}")
    assert collect_after(92).blobs == 0
    assert theirs("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").status == 404


def test_a_builds_staging_is_left_alone(db):
    repository = Repository.objects.create(name="staging/x", is_staging=True)
    push.store_blob(repository=repository, chunks=[LAYER])
    assert collect_after(400).blobs == 0


def test_expired_uploads_and_orphaned_files_go(ours):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    ours("PATCH", place, b"half")
    path, _ = spool.write([b"of a request that died"])
    live = spool.path_of(Upload.objects.get().pk)
    collect.collect()
    assert live.exists()
    assert path.exists()
    with time_machine.travel(timezone.now() + timedelta(days=1.1), tick=True):
        assert collect.collect().uploads == 1
        assert ours("PATCH", place, b"rest").code == "BLOB_UPLOAD_UNKNOWN"
    assert not live.exists()
    assert not path.exists()


def condemn(content: bytes) -> Blob:
    """A blob in no repository, long since."""
    path, stored = spool.write([content])
    key = storage.current().keep(path, stored.digest)
    spool.discard(path)
    long_since = timezone.now() - timedelta(days=9)
    return Blob.objects.create(
        digest=str(stored.digest), size=stored.size, storage_key=key, unreferenced_at=long_since
    )


@pytest.mark.parametrize("moment", ["before the file", "before the row"])
def test_a_push_while_its_blob_is_being_removed_keeps_the_bytes(ours, monkeypatch, moment):
    blob = condemn(LAYER)
    remove = Files.remove

    def pushed_meanwhile(store, key):
        if key == blob.storage_key:
            monkeypatch.setattr(Files, "remove", remove)
            if moment == "before the row":
                remove(store, key)
            ours.image("app", "1", LAYER)
        remove(store, key)

    monkeypatch.setattr(Files, "remove", pushed_meanwhile)
    assert collect.collect().blobs == 0
    assert ours("GET", f"/v2/app/blobs/{sha256(LAYER)}").content == LAYER
    assert Blob.objects.get(digest=sha256(LAYER)).storage_key != blob.storage_key


def test_a_blob_under_removal_cannot_be_mounted_or_linked(ours):
    ours.image("base", "1", LAYER)
    Blob.objects.filter(digest=sha256(LAYER)).update(state=Blob.State.DELETING)
    answer = ours("POST", f"/v2/app/blobs/uploads/?mount={sha256(LAYER)}&from=base")
    assert answer.status == 202
    assert ours("HEAD", f"/v2/base/blobs/{sha256(LAYER)}").status == 404


def test_a_push_of_the_same_bytes_leaves_one_file(ours, theirs):
    ours.blob("app", LAYER)
    theirs.blob("app", LAYER)
    stored = [path for path in (storage.current().root / "blobs").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert Blob.objects.count() == 1


def test_the_command_says_what_it_did(ours, capsys):
    ours.image("app", "1", LAYER)
    Tag.objects.all().delete()
    with time_machine.travel(timezone.now() + timedelta(days=92), tick=True):
        call_command("gc")
    assert (
        capsys.readouterr().out
        == "0 uploads, 1 manifests, 0 blob links, 0 blobs (0 bytes), 0 strays removed\n"
    )
