"""Tags: immutable ones, history, paging in byte order, and the audit of who pulled."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from registry import tags
from registry.errors import TagImmutable
from registry.models import Manifest, Pull, Repository, Tag, TagEvent
from tests.registry.wire import image, index, sha256


@pytest.fixture
def app(ours):
    ours.image("app", "1", b"first")
    return Repository.objects.get(name="app")


def test_an_immutable_tag_neither_moves_nor_goes(ours, app):
    app.immutable_tags = ["1*"]
    app.save()
    Tag.objects.update(is_immutable=True)
    ours.blob("app", b"second")
    assert ours.manifest("app", "1", image(b"second")).code == "DENIED"
    assert ours.manifest("app", "1", image(b"first")).status == 201  # where it is already
    assert ours("DELETE", "/v2/app/manifests/1").code == "DENIED"
    assert ours("DELETE", f"/v2/app/manifests/{sha256(image(b'first'))}").code == "DENIED"
    assert ours("HEAD", "/v2/app/manifests/1").headers["docker-content-digest"] == sha256(image(b"first"))
    assert ours.manifest("app", "1.1", image(b"second")).status == 201
    with pytest.raises(TagImmutable):
        tags.move(
            repository=app,
            name="1.1",
            manifest=Manifest.objects.get(digest=sha256(image(b"first"))),
            actor="x",
        )


def test_history_says_what_a_tag_was_and_who_moved_it(ours, app):
    moments = [timezone.now()]
    for number, layer in enumerate((b"second", b"first"), start=1):
        with time_machine.travel(timezone.now() + timedelta(hours=number), tick=True):
            ours.image("app", "1", layer)
            moments.append(timezone.now())
    layers = [b"first", b"second", b"first"]
    assert [tags.at(app, "1", one).digest for one in moments] == [sha256(image(layer)) for layer in layers]
    assert tags.at(app, "1", moments[0] - timedelta(hours=1)) is None
    newest = tags.history(app, "1").first()
    assert newest.previous.digest == sha256(image(b"second"))
    assert "Alice" in newest.actor


def test_pushing_a_tag_where_it_is_leaves_no_event(ours, app):
    ours.image("app", "1", b"first")
    assert TagEvent.objects.count() == 1


def test_tags_come_in_byte_order_page_by_page(ours, app):
    manifest = Manifest.objects.get()
    names = ["1", "10", "2", "A", "Z", "_x", "a", "a-b", "a.b", "b", "latest"]
    Tag.objects.all().delete()
    Tag.objects.bulk_create([Tag(repository=app, name=name, manifest=manifest) for name in reversed(names)])
    assert ours("GET", "/v2/app/tags/list").json["tags"] == sorted(names)
    found, path = [], "/v2/app/tags/list?n=4"
    pages = 0
    while path:
        answer = ours("GET", path)
        found += answer.json["tags"]
        link = answer.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link.partition(">")[0].lstrip("<")
        pages += 1
    assert (found, pages) == (sorted(names), 3)
    assert ours("GET", "/v2/app/tags/list?n=0").json["tags"] == []
    assert ours("GET", "/v2/app/tags/list?last=a&n=2").json["tags"] == ["a-b", "a.b"]
    assert ours("GET", "/v2/app/tags/list?last=zzz").json["tags"] == []
    assert ours("GET", "/v2/app/tags/list?n=-1").code == "PAGINATION_NUMBER_INVALID"


def test_a_pull_is_noted_and_a_look_is_not(ours, app):
    digest = sha256(image(b"first"))
    ours("HEAD", "/v2/app/manifests/1")
    assert not Pull.objects.exists()
    ours("GET", "/v2/app/manifests/1", HTTP_USER_AGENT="skopeo/1")
    ours("GET", f"/v2/app/manifests/{digest}")
    ours("GET", "/v2/app/manifests/none")
    by_tag, by_digest = Pull.objects.order_by("pk")
    assert (by_tag.tag, by_tag.digest, by_tag.client, by_tag.address) == (
        "1",
        digest,
        "skopeo/1",
        "127.0.0.9",
    )
    assert by_tag.actor == "Alice (ci)"
    assert (by_digest.tag, by_digest.digest) == ("", digest)
    assert by_tag.tenant.slug == "acme"


def test_an_immutable_tag_keeps_all_that_it_reaches(ours, app):
    child = ours.image("app", "", b"layer")
    Repository.objects.update(immutable_tags=["v*"])
    assert ours.manifest("app", "v1", index(image(b"layer"))).status == 201
    for path in (f"manifests/{child}", f"blobs/{sha256(b'layer')}", f"blobs/{sha256(b'{}')}"):
        assert ours("DELETE", f"/v2/app/{path}").code == "DENIED"
        assert ours("GET", f"/v2/app/{path}").status == 200
