"""Grants limited to version streams: the streams' tags alone, whatever publishing moves where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from registry import grants, tags
from registry.errors import SettingInvalid
from registry.tags import Follows
from tests.registry.wire import image, sha256

OLD, NEW = b"3.13 layer", b"3.14 layer"
STREAMS = {OLD: "3.13", NEW: "3.14"}


@pytest.fixture
def publish(shelf):
    """publish(layer, tags…): as publishing does, with the stream beside each tag."""

    def move(layer: bytes, *names: str) -> None:
        manifest = shelf.image(layer)
        for name in names:
            follows = Follows(STREAMS[layer])
            tags.move(repository=shelf.repository, name=name, manifest=manifest, actor="p", follows=follows)

    return move


@pytest.fixture
def give(acme, shelf):
    def grant(**rule):
        return grants.grant(tenant=acme, repository=shelf.repository, name="python", **rule)

    return grant


def shown(wire, layer: bytes) -> list[int]:
    return [
        wire("GET", f"/v2/python/{what}").status
        for what in (f"manifests/{sha256(image(layer))}", f"blobs/{sha256(layer)}")
    ]


def test_a_grant_for_a_stream_shows_its_tags_and_no_others(ours, publish, give):
    give(streams=["3.13"])
    publish(OLD, "3.13", "3", "latest", "3.13-202608221000")
    publish(NEW, "3.14", "3.14-202608221000")
    assert ours("GET", "/v2/python/tags/list").json["tags"] == ["3", "3.13", "3.13-202608221000", "latest"]
    assert ours("GET", "/v2/python/manifests/3.14").status == 404
    assert (shown(ours, OLD), shown(ours, NEW)) == ([200, 200], [404, 404])


def test_an_alias_that_moves_to_another_stream_is_seen_no_more(ours, publish, give):
    give(streams=["3.13"])
    publish(OLD, "3.13", "latest")
    publish(NEW, "3.14", "latest")
    assert ours("GET", "/v2/python/tags/list").json["tags"] == ["3.13"]
    assert ours("GET", "/v2/python/manifests/latest").status == 404
    assert (shown(ours, OLD), shown(ours, NEW)) == ([200, 200], [404, 404])


def test_what_an_alias_was_in_the_stream_stays_for_the_retention(ours, publish, give, shelf):
    give(streams=["3.13"])
    publish(OLD, "latest")
    publish(NEW, "latest")
    assert shown(ours, OLD) == [200, 200]
    publish(OLD, "latest")
    publish(NEW, "latest")  # an event by which 3.14 left the alias is none of this grant's
    assert shown(ours, NEW) == [404, 404]
    shelf.repository.tag_events.update(at=timezone.now() - timedelta(days=91))
    assert shown(ours, OLD) == [404, 404]


def test_patterns_and_streams_both_must_fit(ours, publish, give):
    give(streams=["3.13", "3.14"], tag_patterns=["3.*"])
    publish(OLD, "3.13", "3", "latest")
    publish(NEW, "3.14")
    assert ours("GET", "/v2/python/tags/list").json["tags"] == ["3.13", "3.14"]


def test_a_pushed_tag_is_of_no_stream(ours, shelf, give):
    give(streams=["3.13"])
    shelf.image(OLD, "3.13")
    assert ours("GET", "/v2/python/tags/list").json["tags"] == []
    assert shown(ours, OLD) == [404, 404]


def test_latest_only_hides_the_past_of_a_stream_that_is_called_latest(ours, shelf, give):
    give(is_latest_only=True)
    shelf.image(OLD, "latest", "latest-202608221000", "latest-20260822100001", "latest-dev")
    assert ours("GET", "/v2/python/tags/list").json["tags"] == ["latest", "latest-dev"]
    shelf.image(NEW, "latest", "latest-dev")
    assert (shown(ours, OLD), shown(ours, NEW)) == ([404, 404], [200, 200])


def test_a_grant_that_ends_before_it_starts_is_refused(give):
    now = timezone.now()
    with pytest.raises(SettingInvalid, match="ends after it starts"):
        give(starts_at=now, ends_at=now - timedelta(days=1))
