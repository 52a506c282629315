"""How much a tenant may store: counted once, given back, exact, and refused with figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from registry import quota, staging
from registry.collect import collect
from registry.errors import QuotaExceeded
from registry.models import Blob, Repository
from tests.registry.wire import image, sha256


@pytest.fixture
def _room(ours, acme):
    """acme may store 100 bytes."""
    ours.blob("app", b"")
    quota.limit(tenant=acme, most_bytes=100)


pytestmark = pytest.mark.usefixtures("_room")


def refused(wire, name: str, content: bytes):
    answer = wire("POST", f"/v2/{name}/blobs/uploads/?digest={sha256(content)}", content)
    assert (answer.status, answer.code) == (403, "DENIED")
    return answer


def test_all_repositories_of_the_tenant_count_together(ours, acme):
    ours.blob("one", b"a" * 60)
    ours.blob("two", b"b" * 40)
    refused(ours, "three", b"c")
    assert quota.stored_by(acme) == 100


def test_the_refusal_gives_the_figures(ours):
    ours.blob("app", b"a" * 60)
    detail = refused(ours, "app", b"b" * 41).json["errors"][0]["detail"]
    assert "may store 100 bytes; it stores 60, uploads under way hold 0, and this would add 41" in detail


def test_what_is_shared_or_mounted_counts_once(ours, acme):
    digest = ours.blob("one", b"a" * 50)
    ours.blob("two", b"a" * 50)
    assert ours("POST", f"/v2/three/blobs/uploads/?mount={digest}&from=one").status == 201
    assert quota.stored_by(acme) == 50
    ours.blob("one", b"b" * 50)


def test_another_tenants_bytes_do_not_count(ours, theirs, globex):
    theirs.blob("app", b"a" * 500)
    ours.blob("app", b"b" * 100)
    assert quota.stored_by(globex) == 500


def test_bytes_that_another_tenant_has_already_count_here(ours, theirs):
    theirs.blob("app", b"a" * 101)
    refused(ours, "app", b"a" * 101)


def test_deleting_gives_it_back_once_nothing_of_the_tenant_holds_it(ours):
    digest = ours.blob("one", b"a" * 100)
    assert ours("POST", f"/v2/two/blobs/uploads/?mount={digest}&from=one").status == 201
    ours("DELETE", f"/v2/one/blobs/{sha256(b'a' * 100)}")
    refused(ours, "one", b"b")
    ours("DELETE", f"/v2/two/blobs/{sha256(b'a' * 100)}")
    ours.blob("one", b"b" * 100)


def test_collection_gives_it_back(ours, acme):
    ours.image("app", "1", b"a" * 98)
    ours("DELETE", f"/v2/app/manifests/{sha256(image(b'a' * 98))}")
    with time_machine.travel(timezone.now() + timedelta(days=92), tick=True):
        collect()
        assert quota.stored_by(acme) == 0


def test_what_was_refused_leaves_nothing(ours):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    assert ours("PATCH", place, b"a" * 101).code == "DENIED"
    assert ours("GET", place).code == "BLOB_UPLOAD_UNKNOWN"
    assert not Blob.objects.filter(size=101).exists()


def test_a_limit_below_what_is_stored_refuses_more_and_takes_nothing(ours, acme):
    digest = ours.blob("app", b"a" * 100)
    quota.limit(tenant=acme, most_bytes=10)
    assert (
        ours("POST", f"/v2/two/blobs/uploads/?mount={digest}&from=app").status == 201
    )  # nothing more is stored
    refused(ours, "app", b"b")
    quota.limit(tenant=acme, most_bytes=None)
    ours.blob("app", b"b" * 1000)


def test_publishing_is_held_to_it_and_staging_is_not(acme, db):
    import uuid

    from registry import push

    build = uuid.uuid4()
    held, _ = staging.open_staging(build_id=build, mounts_from=None)
    for blob in (b"{}", b"a" * 200):
        push.store_blob(repository=held, chunks=[blob])
    kind = "application/vnd.oci.image.manifest.v1+json"
    made = push.put_manifest(repository=held, content=image(b"a" * 200), media_type=kind, actor="worker")
    target = Repository.objects.create(tenant=acme, name="golden")
    with pytest.raises(QuotaExceeded, match="would add 202"):
        staging.adopt(staging=held, target=target, digest=made.digest)
    assert not target.manifest_links.exists()
    quota.limit(tenant=acme, most_bytes=300)
    staging.adopt(staging=held, target=target, digest=made.digest)
    assert quota.stored_by(acme) == 202


def test_the_command_says_and_sets(ours, acme, capsys):
    ours.blob("app", b"a" * 60)
    for words in (["acme"], ["acme", "2GB"], ["acme", "none"]):
        call_command("quota", *words)
    assert capsys.readouterr().out.splitlines() == [
        "acme stores 60 bytes and may store 100 bytes.",
        "acme stores 60 bytes and may store 2000000000 bytes.",
        "acme stores 60 bytes and may store any amount.",
    ]
    for words in (["nobody"], ["acme", "2 GB"], ["acme", "-1"]):
        with pytest.raises(CommandError):
            call_command("quota", *words)
