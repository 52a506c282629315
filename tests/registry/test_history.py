"""The newest movements of a repository's tags, as one tenant may read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from registry import history, visibility
from registry.models import Repository, TagEvent


@pytest.fixture
def app(ours):
    ours.image("app", "1", b"layer")
    return Repository.objects.get(name="app")


@pytest.fixture
def moved(app):
    """moved(name, times): that many movements of a tag, each a minute after the last there is."""
    manifest = app.tags.first().manifest

    def move(name: str, times: int = 1) -> None:
        last = TagEvent.objects.order_by("at").last()
        at = last.at if last else timezone.now()
        TagEvent.objects.bulk_create(
            TagEvent(
                repository=app, name=name, manifest=manifest, actor="tests", at=at + timedelta(minutes=each)
            )
            for each in range(1, times + 1)
        )

    TagEvent.objects.all().delete()
    return move


def test_the_newest_come_first_and_not_too_many(acme, app, moved):
    moved("early", history.RECENT)
    moved("late")
    found = history.recent(visibility.find(tenant=acme, name="app"))
    assert [line.tag for line in found] == ["late", *["early"] * (history.RECENT - 1)]
    assert sorted((line.at for line in found), reverse=True) == [line.at for line in found]


def test_those_behind_many_that_are_not_told_are_found(acme, app, moved):
    moved("1", 2)
    moved(f"sha256-{'0' * 64}.sig", 2 * history.RECENT)
    assert [line.tag for line in history.recent(visibility.find(tenant=acme, name="app"))] == ["1", "1"]
