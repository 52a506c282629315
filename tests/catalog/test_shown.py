"""The releases that a list shows are those whose digest may be pulled, whatever the grant says; told at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.shown import releases_shown
from registry import grants, pins, visibility
from registry.models import TagEvent
from tests.catalog import world


@pytest.fixture
def python(acme, alice, settings, tmp_path):
    """Four releases; one tag was pinned and let go, one is pinned; the oldest movements are past the retention."""
    settings.STORAGE_ROOT = tmp_path
    image = world.image()
    stream = image.streams.get()
    found = [world.released(stream, content=f"release {number}".encode()) for number in range(2)]
    grants.grant(tenant=acme, repository=image.repository, name="python")
    view = visibility.find(tenant=acme, name="python")
    for name in ("3.13", "latest"):
        pins.pin(view=view, name=name, digest=found[0].digest, actor=alice, reason="")
    pins.unpin(grant=view.grant, name="latest", actor=alice)
    TagEvent.objects.update(at=timezone.now() - timedelta(days=400))
    found += [world.released(stream, content=f"release {number}".encode()) for number in range(2, 4)]
    return image


GRANTS = [
    {},
    {"tag_patterns": ["3.13*"]},
    {"tag_patterns": ["3.13"]},
    {"tag_patterns": ["*00"]},
    {"tag_patterns": ["nothing"]},
    {"is_latest_only": True},
    {"tag_patterns": ["3"], "is_latest_only": True},
]


@pytest.mark.parametrize("rule", GRANTS, ids=str)
def test_the_list_and_a_pull_agree(acme, python, rule):
    grants.grant(tenant=acme, repository=python.repository, name="python", **rule)
    view = visibility.find(tenant=acme, name="python")
    releases = list(python.streams.get().releases.all())
    may_be_pulled = {one.pk for one in releases if view.manifest(one.digest) is not None}
    shown = {one.pk for one in releases_shown(view)}
    assert shown == may_be_pulled if rule else shown >= may_be_pulled


def test_more_releases_cost_no_more_queries(acme, python, django_assert_num_queries):
    grants.grant(tenant=acme, repository=python.repository, name="python", tag_patterns=["3.13*"])
    view = visibility.find(tenant=acme, name="python")
    for number in range(2):
        with django_assert_num_queries(5):
            list(releases_shown(view))
        world.released(python.streams.get(), content=f"one more {number}".encode())
