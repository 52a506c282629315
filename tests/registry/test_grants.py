"""Grants: which tags, digests, blobs and referrers a tenant sees of a platform repository, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from registry import grants, push, queries, tags, visibility
from registry.errors import Denied
from registry.models import Grant, HeldTag, RepositoryManifest
from registry.shown import linked
from tests.registry.wire import descriptor, image, index, sha256

OLD, NEW = b"old layer", b"new layer"


@pytest.fixture
def _few(monkeypatch):
    """Two rows are all that is looked at before the rest is asked for."""
    monkeypatch.setattr(queries, "FEW", 2)
    monkeypatch.setattr(queries.first_tags, "_statements", {})


@pytest.fixture
def give(acme, shelf):
    """give(...): show the shelf to acme as `nginx`, by a rule."""

    def grant(**rule) -> Grant:
        return grants.grant(tenant=acme, repository=shelf.repository, name="nginx", **rule)

    return grant


def status(wire, what: str) -> int:
    return wire("GET", f"/v2/nginx/{what}").status


def test_without_a_grant_there_is_nothing(ours, shelf):
    shelf.image(NEW, "1")
    for what in ("manifests/1", "tags/list", f"blobs/{sha256(NEW)}", f"manifests/{sha256(image(NEW))}"):
        assert ours("GET", f"/v2/nginx/{what}").code == "NAME_UNKNOWN"
        assert ours("GET", f"/v2/platform-nginx/{what}").code == "NAME_UNKNOWN"


def test_a_grant_renames_and_shows_everything_at_once(ours, theirs, shelf, give):
    give()
    shelf.index(NEW, "1")
    assert status(ours, "manifests/1") == 200
    assert status(ours, f"manifests/{sha256(image(NEW))}") == 200
    assert status(ours, f"blobs/{sha256(NEW)}") == 200
    assert ours("GET", "/v2/nginx/tags/list").json == {"name": "nginx", "tags": ["1"]}
    assert ours("GET", "/v2/_catalog").json["repositories"] == ["nginx"]
    assert status(theirs, "manifests/1") == 404


def test_patterns_hide_tags_and_what_only_they_reach(ours, shelf, give):
    give(tag_patterns=["1.*"])
    shelf.image(OLD, "1.0")
    shelf.index(NEW, "2.0")
    assert ours("GET", "/v2/nginx/tags/list").json["tags"] == ["1.0"]
    assert status(ours, "manifests/1.0") == 200
    hidden = ["manifests/2.0", f"manifests/{sha256(index(image(NEW)))}"]
    hidden += [f"manifests/{sha256(image(NEW))}", f"blobs/{sha256(NEW)}"]
    assert [status(ours, what) for what in hidden] == [404] * 4
    assert status(ours, f"blobs/{sha256(OLD)}") == 200


def test_a_tag_that_only_looks_like_a_companion_shows_what_it_points_to(ours, shelf, give, acme):
    give()
    found = shelf.image(NEW, "sha256-of-something").digest
    assert status(ours, f"manifests/{found}") == 200
    view = visibility.find(tenant=acme, name="nginx")
    assert view is not None
    assert list(linked(view, [found])) == [found]


def test_latest_only_shows_no_history(ours, shelf, give):
    give(is_latest_only=True)
    shelf.image(OLD, "latest", "1")
    assert status(ours, f"blobs/{sha256(OLD)}") == 200
    shelf.image(NEW, "latest", "2")
    assert ours("GET", "/v2/nginx/tags/list").json["tags"] == ["latest"]
    assert status(ours, f"blobs/{sha256(OLD)}") == 404
    assert status(ours, f"manifests/{sha256(image(OLD))}") == 404
    assert status(ours, "manifests/2") == 404


def test_what_a_tag_left_stays_for_the_retention(ours, shelf, give, secret):
    give()
    old = shelf.image(OLD, "1")
    shelf.image(NEW, "1")
    assert status(ours, f"manifests/{old.digest}") == 200
    shelf.repository.tag_events.update(at=timezone.now() - timedelta(days=91))
    assert status(ours, f"manifests/{old.digest}") == 404
    assert status(ours, f"blobs/{sha256(OLD)}") == 404


def test_a_grant_shows_no_past_before_it_began(ours, shelf, give):
    old = shelf.image(OLD, "1")
    shelf.image(NEW, "1")
    shelf.repository.tag_events.update(at=timezone.now() - timedelta(days=1))
    give()
    assert status(ours, f"manifests/{old.digest}") == 404
    assert status(ours, "manifests/1") == 200


@pytest.mark.parametrize("rule", ["starts later", "has ended", "is on hold", "was revoked"])
def test_a_grant_that_is_not_in_force_shows_nothing(ours, shelf, give, acme, rule):
    given = give()
    shelf.image(NEW, "1")
    assert status(ours, "manifests/1") == 200
    hour = timedelta(hours=1)
    if rule == "starts later":
        Grant.objects.update(starts_at=timezone.now() + hour)
    elif rule == "has ended":
        Grant.objects.update(ends_at=timezone.now() - hour)
    elif rule == "is on hold":
        Grant.objects.update(is_on_hold=True)
    else:
        grants.revoke(tenant=acme, repository=given.repository)
    for what in ("manifests/1", "tags/list", f"blobs/{sha256(NEW)}", f"referrers/{sha256(image(NEW))}"):
        answer = ours("GET", f"/v2/nginx/{what}")
        assert answer.status == 404 or answer.json["manifests"] == [], what
    assert ours("GET", "/v2/_catalog").json["repositories"] == []


def test_a_grant_starts_by_itself(ours, shelf, give):
    give()
    shelf.image(NEW, "1")
    Grant.objects.update(starts_at=timezone.now() + timedelta(days=2))
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert status(ours, "manifests/1") == 200


def test_a_held_tag_stays_for_that_tenant_alone(ours, theirs, shelf, give, globex):
    given = give()
    grants.grant(tenant=globex, repository=shelf.repository, name="nginx")
    old = shelf.image(OLD, "1")
    HeldTag.objects.create(grant=given, name="1", manifest=old)
    shelf.image(NEW, "1")
    shelf.repository.tag_events.update(at=timezone.now() - timedelta(days=91))
    assert ours("HEAD", "/v2/nginx/manifests/1").headers["docker-content-digest"] == old.digest
    assert status(ours, f"blobs/{sha256(OLD)}") == 200
    assert theirs("HEAD", "/v2/nginx/manifests/1").headers["docker-content-digest"] != old.digest
    assert status(theirs, f"blobs/{sha256(OLD)}") == 404


def test_a_signature_is_seen_exactly_when_its_subject_is(ours, shelf, give):
    give(tag_patterns=["1.*"])
    for layer, tag in ((OLD, "1.0"), (NEW, "2.0")):
        shelf.image(layer, tag)
        subject = {**descriptor(image(layer)), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        signature = shelf.publish(image(b"sig of " + layer, subject=subject), b"sig of " + layer)
        tag_name = f"sha256-{sha256(image(layer)).partition(':')[2]}.sig"
        tags.move(repository=shelf.repository, name=tag_name, manifest=signature, actor="signer")
        seen = 200 if layer == OLD else 404
        assert status(ours, f"manifests/{signature.digest}") == seen
        assert status(ours, f"manifests/{tag_name}") == seen
        assert status(ours, f"blobs/{sha256(b'sig of ' + layer)}") == seen
        listed = ours("GET", f"/v2/nginx/referrers/{sha256(image(layer))}").json["manifests"]
        assert len(listed) == (1 if layer == OLD else 0)
    assert ours("GET", "/v2/nginx/tags/list").json["tags"] == ["1.0"]


def test_nobody_pushes_to_what_is_granted(ours, shelf, give):
    give()
    shelf.image(NEW, "1")
    assert ours("POST", "/v2/nginx/blobs/uploads/").code == "DENIED"
    assert ours.manifest("nginx", "1", image(NEW)).code == "DENIED"
    assert ours("DELETE", "/v2/nginx/manifests/1").code == "DENIED"


def test_a_granted_blob_is_mounted_and_a_hidden_one_is_not(ours, shelf, give):
    give(tag_patterns=["1.*"])
    shelf.image(OLD, "1.0")
    shelf.image(NEW, "2.0")
    mount = "/v2/mine/blobs/uploads/?from=nginx&mount="
    assert ours("POST", mount + sha256(OLD)).status == 201
    assert ours("POST", mount + sha256(NEW)).status == 202


def test_publishing_is_visible_to_a_thousand_tenants_at_once_and_costs_the_same(shelf, give):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from registry import visibility
    from tenants.models import Tenant

    def publish_and_look(layer: bytes, tag: str, tenants: list[Tenant]) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as publishing:
            digest = shelf.image(layer, tag).digest
        with CaptureQueriesContext(connection) as looking:
            for one in tenants:
                view = visibility.find(tenant=one, name="nginx")
                assert view.tag(tag).digest == digest
        return len(publishing), len(looking) // len(tenants)

    one = [give().tenant]
    shelf.image(b"first of all", "0")  # what only a first image needs
    costs_for_one = publish_and_look(OLD, "1", one)
    made = Tenant.objects.bulk_create([Tenant(slug=f"t{n}", name=f"T{n}") for n in range(999)])
    Grant.objects.bulk_create(
        [Grant(tenant=other, name="nginx", repository=shelf.repository, tag_patterns=["*"]) for other in made]
    )
    assert publish_and_look(NEW, "2", [*one, *made]) == costs_for_one


def test_a_name_that_is_taken_is_not_granted(acme, globex, shelf, ours):
    ours.image("mine", "1")
    with pytest.raises(Denied, match="already has a repository"):
        grants.grant(tenant=acme, repository=shelf.repository, name="mine")
    own = RepositoryManifest.objects.get().repository
    with pytest.raises(Denied, match="platform"):
        grants.grant(tenant=globex, repository=own, name="theirs")
    push.store_blob(repository=own, chunks=[b"x"])


@pytest.mark.usefixtures("_few")
def test_a_blob_that_many_manifests_name_is_shown_when_any_of_them_is(ours, shelf, give):
    give(tag_patterns=["shown"])
    shelf.image(OLD, "shown")
    for number in range(5):
        shelf.image(b"layer %d" % number, f"hidden-{number}")
    assert status(ours, f"blobs/{sha256(b'{}')}") == 200  # the config of all, of which the oldest is shown
    tags.delete(repository=shelf.repository, name="shown", actor="x")
    shelf.repository.tag_events.all().delete()
    assert status(ours, f"blobs/{sha256(b'{}')}") == 404


@pytest.mark.usefixtures("_few")
def test_a_manifest_with_many_tags_is_shown_when_any_of_them_is(ours, shelf, give):
    give(tag_patterns=["shown"])
    manifest = shelf.image(NEW, *(f"hidden-{number}" for number in range(5)))
    assert status(ours, f"manifests/{manifest.digest}") == 404
    tags.move(repository=shelf.repository, name="shown", manifest=manifest, actor="x")
    assert status(ours, f"manifests/{manifest.digest}") == 200
