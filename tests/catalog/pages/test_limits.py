"""What a grant hides is hidden on every page, in the API, and from builds."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.test import Client

from builds import preview
from builds.pages import bases
from builds.refusals import OrderRefused
from catalog import affected, contents, free, listing, search, shelf
from catalog.listing import Listing
from catalog.models import Image, Package, PackageVersion, Release, VersionStream
from catalog.offer import ImageOffer, StreamOffer, offer
from catalog.wanted import Wanted
from registry import pins, visibility
from registry.models import Grant
from tenants import tokens
from tests.catalog import world


@pytest.fixture
def releases(acme) -> dict[tuple[str, int], Release]:
    """Of python, in 3.13 (the latest), 3.12 and dev: an older and a newer release of each."""
    offered = offer(
        image=ImageOffer(
            name="python", title="Python", summary="The language.", category="language", is_free=True,
            replaces=("docker.io/library/python",),
            streams=(
                StreamOffer(name="3.13", spec=world.SPEC, aliases=("3", "latest"), is_latest=True),
                StreamOffer(name="3.12", spec=world.SPEC),
                StreamOffer(name="3.13-dev", spec=world.SPEC, variant="dev", aliases=("latest-dev",)),
            ),
        )
    )  # fmt: skip
    return {
        (stream.name, number): world.released(stream, content=f"{stream.name} {number}".encode())
        for stream in offered.streams.order_by("name")
        for number in range(2)
    }


@pytest.fixture
def only_312(acme, releases):
    Grant.objects.of(acme.pk).update(streams=["3.12"])
    return releases


def see(path: str) -> str:
    """A stranger's look at the free tier."""
    free.open_tier(actor="tests")
    return Client(headers={"host": "free.localhost"}).get(path).content.decode()


def test_a_page_shows_the_newest_of_the_streams_that_the_grant_shows(visit, alice, only_312):
    page = visit(alice, "/images/python/").content.decode()
    assert "docker pull acme.localhost/python:3.12<" in page
    assert only_312["3.12", 1].digest in page
    assert "3.13-" not in page
    assert ":3.13" not in page


def test_a_list_says_of_an_image_what_its_grant_shows(visit, alice, only_312):
    page = visit(alice, "/images/").content.decode()
    assert "<code>3.12</code>" in page
    assert "3.13" not in page


def test_the_api_says_of_an_image_what_its_grant_shows(acme, alice, only_312):
    _, secret = tokens.issue(user=alice, tenant=acme, name="ci", actions=["pull"], days=1)
    client = Client(headers={"host": "acme.localhost", "authorization": f"Bearer {secret}"})
    for path in ("/api/v1/images/", "/api/v1/images/python/"):
        answer = client.get(path)
        assert only_312["3.12", 1].digest in answer.content.decode()
        assert '"3.13"' not in answer.content.decode()
        assert only_312["3.13", 1].digest not in answer.content.decode()


def test_nothing_is_built_upon_a_stream_that_is_not_shown(acme, only_312):
    assert search.stream_of(tenant=acme, image="python", stream="3.13") is None
    with pytest.raises(OrderRefused, match="no such image"):
        preview.release_for(tenant=acme, base=VersionStream.objects.get(name="3.13"))
    found = preview.release_for(tenant=acme, base=VersionStream.objects.get(name="3.12"))
    assert found == only_312["3.12", 1]


def test_nothing_is_built_upon_a_release_that_is_not_shown(acme, releases):
    older = releases["3.12", 0]
    Grant.objects.of(acme.pk).update(tag_patterns=["3.12", older.unique_tag], streams=["3.12"])
    view = visibility.find(tenant=acme, name="python")
    assert view is not None
    assert preview.release_for(tenant=acme, base=older.stream) == releases["3.12", 1]
    Grant.objects.of(acme.pk).update(tag_patterns=[older.unique_tag])
    with pytest.raises(OrderRefused):
        preview.release_for(tenant=acme, base=older.stream)


@pytest.mark.parametrize("asked", ["3.13", "3", "3.12", ""])
def test_what_replaces_a_reference_can_be_pulled(visit, alice, only_312, asked):
    page = visit(alice, f"/images/?q=docker.io/library/python:{asked}".rstrip(":")).content.decode()
    assert "docker pull acme.localhost/python:3.12<" in page


@pytest.mark.parametrize("asked", ["3.12", "3.13"])
def test_on_the_free_tier_the_latest_replaces_every_version(releases, asked):
    assert "docker pull free.localhost/python:latest<" in see(f"/images/?q=docker.io/library/python:{asked}")


def test_the_free_tier_names_no_version_that_it_does_not_serve(releases):
    assert "3.12" not in see("/images/")
    page = see("/images/python/")
    assert "docker pull free.localhost/python:latest<" in page
    assert "3.12" not in page


def test_a_pin_leaves_in_sight_what_its_source_serves(acme, alice, releases):
    Grant.objects.of(acme.pk).update(tag_patterns=["3.12"])
    view = visibility.find(tenant=acme, name="python")
    assert view is not None
    pins.pin(view=view, name="3.12", digest=releases["3.12", 0].digest, actor=alice, reason="waits")
    image = search.image_called(tenant=acme, name="python")
    assert image is not None
    assert image.newest == releases["3.12", 1]
    assert [stream.name for stream in image.streams.all()] == ["3.12"]


def test_an_image_whose_latest_stream_is_not_built_shows_another(visit, alice, acme):
    offer(
        image=ImageOffer(
            name="python", title="Python", summary="The language.", category="language", is_free=True,
            streams=(StreamOffer(name="3.14", spec=world.SPEC, is_latest=True), StreamOffer(name="3.13", spec=world.SPEC)),
        )
    )  # fmt: skip
    world.released(VersionStream.objects.get(name="3.13"))
    assert Image.objects.get().newest is not None
    assert "docker pull acme.localhost/python:3.13<" in visit(alice, "/images/python/").content.decode()
    assert "not built yet" not in visit(alice, "/images/").content.decode()


@pytest.fixture
def facts(acme, releases) -> dict[tuple[str, int], Release]:
    """3.13 is newer and smaller than ruby, which is newer and smaller than 3.12, which has ended and is for amd64 alone."""
    platforms = releases["3.13", 1].platforms
    Release.objects.filter(pk=releases["3.13", 1].pk).update(
        published_at=datetime(2026, 9, 1, tzinfo=UTC), size=5, platforms={"arm64": platforms["amd64"]}
    )
    VersionStream.objects.filter(name="3.12").update(eol_on=date(2020, 1, 1))
    for name, release in (("libhidden", releases["3.13", 1]), ("libshown", releases["3.12", 1])):
        package = Package.objects.create(ecosystem="deb", name=name)
        contents.hold(
            release=release, versions=[PackageVersion.objects.create(package=package, version="1", key=b"1")]
        )
    shelf.note(Image.objects.get(name="python"))
    ruby = world.released(world.image("ruby", stream="3.4").streams.get(), content=b"ruby")
    Release.objects.filter(pk=ruby.pk).update(published_at=datetime(2026, 8, 23, tzinfo=UTC), size=50)
    shelf.note(Image.objects.get(name="ruby"))
    return releases


def listed(tenant, question: str = "") -> tuple[list[str], Listing]:
    wanted = Wanted.read(QueryDict(question).dict())
    found = listing.listing(tenant=tenant, wanted=wanted, page=None, rows=50)
    return [image.name for image in listing.read(tenant, found)], found


def limit(tenant, **rule: object) -> None:
    Grant.objects.of(tenant.pk).filter(name="python").update(**rule)


def test_counts_are_of_what_a_grant_shows(acme, globex, facts):
    _, found = listed(acme)
    assert (found.counts["variant"]["dev"], found.counts["arch"]["arm64"], found.counts["life"]) == (
        1,
        1,
        {"supported": 2},
    )
    limit(acme, streams=["3.12"])
    _, found = listed(acme)
    assert (found.counts["variant"], found.counts["arch"]) == ({"runtime": 2}, {"amd64": 2})
    assert found.counts["life"] == {"supported": 1, "ended": 1}
    assert listed(acme, "variant=dev")[0] == listed(acme, "arch=arm64")[0] == []
    assert listed(acme, "life=ended")[0] == ["python"]
    assert listed(globex, "variant=dev")[0] == ["python"]


def test_the_order_is_of_what_a_grant_shows(acme, globex, facts):
    assert (listed(acme, "sort=newest")[0], listed(acme, "sort=smallest")[0]) == (
        ["python", "ruby"],
        ["python", "ruby"],
    )
    limit(acme, streams=["3.12"])
    assert (listed(acme, "sort=newest")[0], listed(acme, "sort=smallest")[0]) == (
        ["ruby", "python"],
        ["ruby", "python"],
    )
    assert listed(globex, "sort=newest")[0] == ["python", "ruby"]


def test_an_image_of_which_nothing_is_shown_yet_comes_last(acme, facts):
    limit(acme, streams=["none"])
    assert listed(acme, "sort=newest")[0] == listed(acme, "sort=smallest")[0] == ["ruby", "python"]
    assert "python" not in listed(acme, "arch=amd64")[0]


def test_a_package_of_a_hidden_stream_finds_nothing_anywhere(acme, alice, globex, visit, facts):
    limit(acme, streams=["3.12"])
    assert (listed(acme, "q=libhidden")[0], listed(acme, "q=libshown")[0]) == ([], ["python"])
    assert listed(globex, "q=libhidden")[0] == ["python"]
    assert visit(alice, "/api/v1/images/?q=libhidden").json()["results"] == []
    assert len(visit(alice, "/api/v1/images/?q=libshown").json()["results"]) == 1
    assert bases.bases(tenant=acme, text="libhidden", page=None, chosen="").images == []


def test_a_package_of_a_hidden_stream_is_never_suggested(acme, globex, facts):
    limit(acme, streams=["3.12"])
    assert (listed(acme, "q=libhiden")[1].corrected, listed(globex, "q=libhiden")[1].corrected) == (
        "",
        "libhidden",
    )
    assert listed(acme, "q=libshowm")[1].corrected == "libshown"
    assert list(affected.suggested(tenant=acme, name="lib")) == ["libshown"]
    assert set(affected.suggested(tenant=globex, name="lib")) == {"libhidden", "libshown"}


def test_a_package_of_a_release_that_is_not_shown_yet_finds_nothing(acme, facts):
    limit(acme, tag_patterns=[facts["3.12", 0].unique_tag])
    assert listed(acme, "q=libshown")[0] == []


def test_the_free_tier_counts_only_the_latest(facts):
    tier = free.open_tier(actor="tests")
    _, found = listed(tier)
    assert found.counts["variant"] == {"runtime": 2, "dev": 1}
    assert listed(tier, "q=libshown")[0] == []
    assert listed(tier, "q=libhidden")[0] == ["python"]


def test_whoever_sees_everything_pays_nothing_for_others_limits(acme, facts, django_assert_num_queries):
    with django_assert_num_queries(3):
        listing.listing(tenant=acme, wanted=Wanted.read({"q": "lib"}), page=None, rows=50)
    with django_assert_num_queries(6):
        assert listing.listing(tenant=acme, wanted=Wanted.read({"q": "pythom"}), page=None, rows=50).corrected
    limit(acme, streams=["3.12"])
    with django_assert_num_queries(9):
        listing.listing(tenant=acme, wanted=Wanted.read({"q": "lib"}), page=None, rows=50)
