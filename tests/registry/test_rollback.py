"""Turning a tag back: to what it had, and to nothing else; and what was withdrawn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from registry import tags
from registry.collect import collect
from registry.errors import ManifestGone, ManifestWithdrawn, TagImmutable, TagInvalid, TagNeverThere
from registry.models import Manifest, Repository, Tag, TagEvent
from registry.rollback import roll_back
from registry.tags import Follows
from registry.withdraw import reinstate, withdraw
from tenants.models import AuditEntry
from tests.registry.wire import image, sha256

GOOD, BAD = sha256(image(b"good")), sha256(image(b"bad"))


@pytest.fixture
def app(ours):
    ours.image("app", "1", b"good")
    ours.image("app", "1", b"bad")
    return Repository.objects.get(name="app")


def turn(app, alice, digest: str = GOOD, name: str = "1", reason: str = "it crashes"):
    return roll_back(repository=app, name=name, digest=digest, actor=alice, reason=reason)


def test_a_tag_goes_back_with_actor_and_reason(ours, app, alice, acme):
    event = turn(app, alice)
    assert ours("HEAD", "/v2/app/manifests/1").headers["docker-content-digest"] == GOOD
    assert (event.manifest.digest, event.previous.digest, event.reason) == (GOOD, BAD, "it crashes")
    assert event.actor == "Alice"
    entry = AuditEntry.objects.get(verb="tag.rolled_back")
    assert (entry.tenant, entry.object, entry.data["digest"]) == (acme, "app:1", GOOD)
    assert ours("HEAD", f"/v2/app/manifests/{BAD}").status == 200, "what it left stays for the retention"


def test_a_deleted_tag_comes_back(ours, app, alice):
    assert ours("DELETE", "/v2/app/manifests/1").status == 202
    turn(app, alice, BAD)
    assert ours("HEAD", "/v2/app/manifests/1").headers["docker-content-digest"] == BAD


@pytest.mark.parametrize(
    ("digest", "name", "error"),
    [
        (sha256(image(b"other")), "1", TagNeverThere),
        ("sha256:" + "0" * 64, "1", TagNeverThere),
        (GOOD, "2", TagNeverThere),
        (GOOD, "a b", TagInvalid),
    ],
)
def test_a_tag_goes_only_where_it_was(ours, app, alice, digest, name, error):
    ours.image("app", "other", b"other")
    with pytest.raises(error):
        turn(app, alice, digest, name)
    assert Tag.objects.get(name="1").manifest.digest == BAD
    assert not AuditEntry.objects.filter(verb="tag.rolled_back").exists()


def test_an_immutable_tag_does_not_go_back(app, alice):
    Tag.objects.filter(name="1").update(is_immutable=True)
    with pytest.raises(TagImmutable):
        turn(app, alice)


def test_a_digest_that_is_no_longer_kept_is_refused_by_name(app, alice):
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        collect()
        with pytest.raises(ManifestGone):
            turn(app, alice)
    assert Tag.objects.get(name="1").manifest.digest == BAD
    assert tags.history(app, "1").count() == 2, "the history still says what it was"


def test_a_withdrawn_digest_is_refused_until_it_is_reinstated(ours, app, alice):
    withdraw(repository=app, digest=GOOD, reason="leaks a key", actor="tests")
    with pytest.raises(ManifestWithdrawn):
        turn(app, alice)
    refused = ours.manifest("app", "2", image(b"good"))
    assert (refused.status, refused.json["errors"][0]["message"]) == (403, ManifestWithdrawn.sentence)
    assert not TagEvent.objects.filter(name="2").exists()
    reinstate(repository=app, digest=GOOD, actor="tests")
    turn(app, alice)


def test_a_stream_comes_back_with_its_tag(shelf, petra):
    manifests = {"3.13": shelf.image(b"good"), "3.14": shelf.image(b"bad")}
    ends = {"3.13": date(2026, 10, 31), "3.14": None}
    for stream, manifest in manifests.items():
        for name in (stream, "latest"):
            tags.move(
                repository=shelf.repository, name=name, manifest=manifest, actor="publish",
                follows=Follows(stream, ends[stream]),
            )  # fmt: skip
    turn(shelf.repository, petra, manifests["3.13"].digest, "latest")
    tag = Tag.objects.get(name="latest")
    assert (tag.stream, tag.ends_on) == ("3.13", ends["3.13"])
    assert AuditEntry.objects.get(verb="tag.rolled_back").tenant is None


def test_a_later_pattern_protects_tags_that_are_there_from_deletion(ours, app):
    app.immutable_tags = ["1"]
    app.save()
    assert ours("DELETE", "/v2/app/manifests/1").code == "DENIED"
    assert Manifest.objects.filter(tags__name="1").exists()
