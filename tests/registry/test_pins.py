"""Pins: one tenant keeps a tag where it is; its source and everyone else move on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from registry import grants, tags, visibility
from registry.collect import collect
from registry.errors import (
    Denied,
    ManifestGone,
    ManifestUnknown,
    ManifestWithdrawn,
    PinMissing,
    TagImmutable,
    TagNeverThere,
)
from registry.models import HeldTag, RepositoryManifest, TagEvent
from registry.pins import ended_of, pin, pins_of, unpin
from registry.tags import Follows
from registry.withdraw import reinstate, withdraw
from tenants.models import AuditEntry
from tests.registry.wire import image, sha256

OLD, NEW = b"old layer", b"new layer"
OLD_DIGEST, NEW_DIGEST = sha256(image(OLD)), sha256(image(NEW))


@pytest.fixture
def grant(acme, globex, shelf):
    grants.grant(tenant=globex, repository=shelf.repository, name="nginx")
    return grants.grant(tenant=acme, repository=shelf.repository, name="web/nginx")


@pytest.fixture
def moved(shelf, grant):
    shelf.image(OLD, "1", "2")  # a second tag keeps it from collection
    shelf.image(NEW, "1")
    return shelf


def keep(acme, alice, digest: str = OLD_DIGEST, name: str = "1", reason: str = "our tests"):
    view = visibility.find(tenant=acme, name="web/nginx")
    return pin(view=view, name=name, digest=digest, actor=alice, reason=reason)


def digest_of(wire, name: str, tag: str = "1") -> str:
    return wire("HEAD", f"/v2/{name}/manifests/{tag}").headers["docker-content-digest"]


def age_history() -> None:
    TagEvent.objects.update(at=timezone.now() - timedelta(days=91))
    RepositoryManifest.objects.update(pushed_at=timezone.now() - timedelta(days=91))


def test_a_pin_holds_for_its_tenant_alone(ours, theirs, moved, acme, alice):
    keep(acme, alice)
    age_history()
    assert digest_of(ours, "web/nginx") == OLD_DIGEST
    assert digest_of(theirs, "nginx") == NEW_DIGEST
    assert ours("GET", f"/v2/web/nginx/blobs/{sha256(OLD)}").status == 200
    held = pins_of(acme).get()
    assert (held.name, held.reason, held.actor) == ("1", "our tests", "Alice")
    entry = AuditEntry.objects.get(verb="tag.pinned")
    assert (entry.tenant, entry.object) == (acme, "web/nginx:1")
    assert entry.data == {"digest": OLD_DIGEST, "reason": "our tests"}


def test_an_unpinned_tag_follows_again_and_the_pin_can_be_made_anew(ours, moved, acme, alice, grant):
    keep(acme, alice)
    moved.repository.tags.filter(name="2").delete()
    age_history()
    unpin(grant=grant, name="1", actor=alice)
    assert digest_of(ours, "web/nginx") == NEW_DIGEST
    assert ours("GET", f"/v2/web/nginx/manifests/{OLD_DIGEST}").status == 200, "it was shown until now"
    assert [row.name for row in ended_of(acme)] == ["1"]
    assert AuditEntry.objects.filter(verb="tag.unpinned").count() == 1
    keep(acme, alice)
    assert digest_of(ours, "web/nginx") == OLD_DIGEST
    unpin(grant=grant, name="1", actor=alice)
    HeldTag.objects.update(ended_at=timezone.now() - timedelta(days=91))
    assert ours("GET", f"/v2/web/nginx/manifests/{OLD_DIGEST}").status == 404


def test_collection_keeps_what_is_pinned_and_what_was_until_lately(moved, acme, alice, grant):
    keep(acme, alice)
    moved.repository.tags.filter(name="2").delete()
    age_history()
    kept = RepositoryManifest.objects.filter(manifest__digest=OLD_DIGEST)
    collect()
    assert kept.exists()
    unpin(grant=grant, name="1", actor=alice)
    collect()
    assert kept.exists()
    HeldTag.objects.update(ended_at=timezone.now() - timedelta(days=91))
    collect()
    assert not kept.exists()


def test_a_pinned_tag_outlives_its_source(ours, moved, acme, alice):
    keep(acme, alice)
    tags.delete(repository=moved.repository, name="1", actor="p")
    assert ours("GET", "/v2/web/nginx/tags/list").json["tags"] == ["1", "2"]
    assert ours("GET", "/v2/web/nginx/tags/list?n=1").json["tags"] == ["1"]
    assert ours("GET", "/v2/web/nginx/tags/list?last=1").json["tags"] == ["2"]
    assert digest_of(ours, "web/nginx") == OLD_DIGEST


def test_pinning_elsewhere_ends_the_pin_before(ours, moved, acme, alice):
    keep(acme, alice)
    keep(acme, alice, NEW_DIGEST)
    assert digest_of(ours, "web/nginx") == NEW_DIGEST
    assert (pins_of(acme).count(), ended_of(acme).count()) == (1, 1)


def test_a_pin_stays_within_its_grants_streams(ours, shelf, acme, alice):
    grants.grant(tenant=acme, repository=shelf.repository, name="web/nginx", streams=["1.26"])
    for layer, stream in ((OLD, "1.26"), (NEW, "1.28")):
        manifest = shelf.image(layer)
        tags.move(
            repository=shelf.repository, name="latest", manifest=manifest, actor="p", follows=Follows(stream)
        )
    with pytest.raises(TagNeverThere):
        keep(acme, alice, NEW_DIGEST, "latest")
    keep(acme, alice, OLD_DIGEST, "latest")
    assert digest_of(ours, "web/nginx", "latest") == OLD_DIGEST
    grants.grant(tenant=acme, repository=shelf.repository, name="web/nginx", streams=["1.28"])
    assert ours("GET", "/v2/web/nginx/manifests/latest").status == 404, "the pin is outside the new rule"
    assert ours("GET", f"/v2/web/nginx/manifests/{OLD_DIGEST}").status == 404


@pytest.mark.parametrize(
    ("digest", "name", "error"),
    [
        (NEW_DIGEST, "2", TagNeverThere),
        ("sha256:" + "0" * 64, "1", TagNeverThere),
        (OLD_DIGEST, "none", ManifestUnknown),
    ],
)
def test_only_what_a_tag_had_is_kept(moved, acme, alice, digest, name, error):
    with pytest.raises(error):
        keep(acme, alice, digest, name)
    assert not HeldTag.objects.exists()
    assert not AuditEntry.objects.filter(verb="tag.pinned").exists()


def test_what_may_not_be_pulled_any_more_is_not_kept(moved, acme, alice):
    moved.repository.tags.filter(name="2").delete()
    age_history()
    with pytest.raises(ManifestGone):
        keep(acme, alice)


def test_what_was_withdrawn_is_not_kept_and_a_pin_to_it_warns(ours, moved, acme, alice):
    withdraw(repository=moved.repository, digest=OLD_DIGEST, reason="broken", actor="tests")
    with pytest.raises(ManifestWithdrawn):
        keep(acme, alice)
    reinstate(repository=moved.repository, digest=OLD_DIGEST, actor="tests")
    keep(acme, alice)
    withdraw(repository=moved.repository, digest=OLD_DIGEST, reason="broken", actor="tests")
    answer = ours("HEAD", "/v2/web/nginx/manifests/1")
    assert answer.headers["docker-content-digest"] == OLD_DIGEST
    assert answer.headers["warning"].endswith('was withdrawn: broken"')


def test_tags_that_never_move_and_ones_own_need_no_pin(ours, moved, acme, alice):
    moved.repository.tags.filter(name="2").update(is_immutable=True)
    with pytest.raises(TagImmutable):
        keep(acme, alice, OLD_DIGEST, "2")
    ours.image("own", "1", OLD)
    with pytest.raises(Denied, match="Your own tags"):
        pin(
            view=visibility.find(tenant=acme, name="own"),
            name="1", digest=OLD_DIGEST, actor=alice, reason="",
        )  # fmt: skip


def test_unpinning_what_is_not_pinned_is_refused(moved, grant, alice):
    with pytest.raises(PinMissing):
        unpin(grant=grant, name="1", actor=alice)
