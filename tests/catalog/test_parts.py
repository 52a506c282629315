"""What lists say of images in part: counted anew for a tenant, remembered for a few seconds for everyone."""

from __future__ import annotations

import pytest

from catalog.models import Release
from catalog.offer import ImageOffer, StreamOffer, offer
from catalog.parts import WHOLE, parts
from registry import memory
from registry.models import Grant, Manifest, Tag
from tests.catalog import world
from tests.registry.clocks import Clock, remembering


@pytest.fixture
def releases(acme) -> dict[str, Release]:
    """Two of `3.13`, older and newer, and one of its dev variant; acme is shown the latest alone."""
    offered = offer(
        image=ImageOffer(
            name="python", title="Python", summary="The language.", category="language", is_free=True,
            streams=(
                StreamOffer(name="3.13", spec=world.SPEC, aliases=("latest",), is_latest=True),
                StreamOffer(name="3.13-dev", spec=world.SPEC, variant="dev"),
            ),
        )
    )  # fmt: skip
    stream, dev = offered.streams.order_by("name")
    made = {name: world.released(stream, content=name.encode()) for name in ("older", "newer")}
    Grant.objects.of(acme.pk).update(is_latest_only=True)
    return {**made, "dev": world.released(dev, content=b"dev")}


@pytest.fixture
def clock():
    with remembering() as clock:
        yield clock


def the_one(found) -> tuple[object, str, str]:
    (facts,) = found.facts.values()
    return facts.newest_at, facts.variants, facts.architectures


def test_the_newest_release_that_is_shown_is_told(acme, releases):
    at, variants, architectures = the_one(parts(tenant=acme))
    assert at == releases["newer"].published_at
    assert variants == " runtime "
    assert architectures.split() == sorted(releases["newer"].platforms)


def test_of_a_tag_that_was_moved_back_it_is_the_older_release(acme, releases):
    older = Manifest.objects.get(digest=releases["older"].digest)
    Tag.objects.filter(name="latest").update(manifest=older)
    found = parts(tenant=acme)
    assert the_one(found)[0] == releases["older"].published_at
    assert not found.lines


def test_where_nothing_is_hidden_there_is_nothing_to_say(acme, releases, django_assert_num_queries):
    Grant.objects.of(acme.pk).update(is_latest_only=False)
    assert parts(tenant=acme) is WHOLE
    with django_assert_num_queries(0):
        assert parts(tenant=acme, repositories=[]) is WHOLE


def test_what_everyone_is_shown_is_remembered_for_some_seconds(
    acme, releases, clock: Clock, django_assert_num_queries
):
    acme.is_open = True
    first = parts(tenant=acme)
    with django_assert_num_queries(0):
        assert parts(tenant=acme) is first
    # Another list of repositories is another question: nothing that is limited since is taken for whole.
    assert parts(tenant=acme, repositories=[releases["newer"].repository_id]) is not first
    clock.pass_(memory.FACT)
    assert parts(tenant=acme) is not first


def test_what_a_tenant_is_shown_is_not(acme, releases, clock: Clock):
    assert parts(tenant=acme) is not parts(tenant=acme)
