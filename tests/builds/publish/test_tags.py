"""The tags of a publish: the stream's, which move, and one of its own for each release, which never does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from builds.models import Build
from builds.sign import sign
from catalog.models import Release, VersionStream
from registry import tags
from registry.errors import TagImmutable
from registry.models import Tag, TagEvent
from registry.rollback import roll_back
from registry.withdraw import withdraw
from tests.people import person

pytestmark = pytest.mark.django_db
MINUTE = datetime(2026, 3, 2, 23, 59, 7, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """at(moment): everything is published then."""

    def travel(moment: datetime) -> None:
        monkeypatch.setattr("builds.publish.timezone", SimpleNamespace(now=lambda: moment))

    return travel


def unique_tags() -> list[str]:
    return list(Release.objects.order_by("pk").values_list("unique_tag", flat=True))


def test_a_unique_tag_says_when_in_utc_and_by_the_second_when_the_minute_is_taken(built, at):
    for content in ("one", "two", "three"):
        at(MINUTE)
        sign(build_id=built(content=content).id)
    assert unique_tags() == ["3.13-202603022359", "3.13-20260302235907", "3.13-20260302235908"]
    assert set(Tag.objects.filter(name__in=unique_tags()).values_list("is_immutable", flat=True)) == {True}
    assert Tag.objects.filter(name="3.13", is_immutable=False).exists()


def test_a_unique_tag_neither_moves_nor_goes(built, stream):
    sign(build_id=built(content="one").id)
    sign(build_id=built(content="two").id)
    first, second = Release.objects.order_by("pk")
    newest = Tag.objects.get(name=second.unique_tag).manifest
    with pytest.raises(TagImmutable):
        tags.move(repository=stream.image.repository, name=first.unique_tag, manifest=newest, actor="x")
    with pytest.raises(TagImmutable):
        tags.delete(repository=stream.image.repository, name=first.unique_tag, actor="x")


def test_every_tag_and_event_says_its_stream_and_its_end(built, stream):
    VersionStream.objects.update(eol_on=date(2029, 10, 31))
    sign(build_id=built().id)
    found = set(Tag.objects.exclude(name__startswith="sha").values_list("stream", "ends_on"))
    assert found == {("3.13", date(2029, 10, 31))}
    moved = TagEvent.objects.exclude(name__startswith="sha")
    assert set(moved.values_list("stream", flat=True)) == {"3.13"}


def test_a_rollback_is_not_undone_by_publishing_what_was_withdrawn(built, stream):
    repository = stream.image.repository
    sign(build_id=built(content="good").id)
    sign(build_id=built(content="bad").id)
    good, bad = Release.objects.order_by("pk")
    withdraw(repository=repository, digest=bad.digest, reason="broken", actor="tests")
    roll_back(repository=repository, name="3.13", digest=good.digest, actor=person("petra"), reason="broken")
    again = sign(build_id=built(content="bad").id)
    assert again.state == Build.State.SUCCEEDED
    assert "withdrawn" in again.steps.get(name="publish").summary
    assert Tag.objects.get(repository=repository, name="3.13").manifest.digest == good.digest
    assert Release.objects.count() == 2
