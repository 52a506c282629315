"""Search that forgives, filters and their counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import contents, search, shelf
from catalog.listing import Listing, listing, read
from catalog.models import Image, Release
from catalog.offer import ImageOffer, StreamOffer, entitle, offer
from catalog.wanted import Access, Life, Wanted
from tests.catalog import world
from tests.catalog.test_contents import version

OFFERS = {
    "postgres": ("database", ("postgresql", "psql"), "Relational database for many workloads."),
    "nginx": ("web", (), "HTTP and reverse proxy server."),
    "python": ("language", (), "The Python language."),
    "kubectl": ("tool", ("kubernetes",), "Talks to clusters."),
}


def offered(name: str, **more) -> Image:
    category, others, summary = OFFERS.get(name, ("tool", (), f"The {name} image."))
    streams = more.pop("streams", (StreamOffer(name="1", spec=world.SPEC, is_latest=True),))
    return offer(
        image=ImageOffer(
            name=name, title=name.title(), summary=summary, category=category, other_names=others,
            replaces=(f"docker.io/library/{name}",), is_listed=True, streams=streams, **more,
        )
    )  # fmt: skip


@pytest.fixture
def shop(acme):
    """All four entitled to acme; python holds openssl. redis may be asked for."""
    for name in OFFERS:
        entitle(tenant=acme, image=offered(name))
    image = Image.objects.get(name="python")
    contents.hold(release=world.released(image.streams.get()), versions=[version("openssl", "3")])
    offered("redis")
    return acme


def found(tenant, **wanted: str) -> list[str]:
    return [image.name for image in read(tenant, asked(tenant, **wanted))]


def asked(tenant, **wanted: str) -> Listing:
    return listing(tenant=tenant, wanted=Wanted.read(wanted), page=None, rows=30)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("postgres", "postgres"),
        ("POSTGRES", "postgres"),
        ("postgresql", "postgres"),
        ("docker.io/library/nginx", "nginx"),
        ("reverse proxy", "nginx"),
        ("openssl", "python"),
        ("kubernetes", "kubectl"),
    ],
)
def test_an_image_is_found_by_names_references_words_and_packages_inside(shop, text, name):
    assert found(shop, q=text)[0] == name


@pytest.mark.parametrize(
    ("typed", "meant", "name"),
    [
        ("postgress", "postgres", "postgres"),
        ("ngnix", "nginx", "nginx"),
        ("pyhton", "python", "python"),
        ("kubctl", "kubectl", "kubectl"),
        ("opnessl", "openssl", "python"),
    ],
)
def test_a_mistyped_word_is_understood_and_said(shop, typed, meant, name):
    page = asked(shop, q=typed)
    assert page.corrected == meant
    assert found(shop, q=typed) == [name]


def test_what_is_like_nothing_finds_nothing(shop):
    page = asked(shop, q="zzzzqqqq")
    assert (page.corrected, list(page.images)) == ("", [])


def test_the_best_name_comes_first(shop):
    entitle(tenant=shop, image=offered("a-python-tool"))
    assert found(shop, q="python") == found(shop, q="python the") == ["python", "a-python-tool"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("reverse proxy", ["nginx"]),
        ("proxy reverse", ["nginx"]),
        ("reverse python", []),
        ("py th", ["python"]),
        ("openssl py", ["python"]),
        ("py openssl la", ["python"]),
        ("op", []),
        (" ".join("python" for _ in range(8)) + " and what is not looked at", ["python"]),
    ],
)
def test_each_of_several_words_is_found(shop, text, names):
    assert found(shop, q=text) == names


@pytest.mark.parametrize("sort", ["newest", "smallest", "name", ""])
def test_words_and_order_go_together(shop, sort):
    assert found(shop, q="the", sort=sort) == ["python"]
    assert found(shop, q="p", sort=sort)[0] == (
        "nginx" if sort == "name" else "python" if sort else "postgres"
    )


def test_what_may_be_asked_for_is_another_list(shop):
    assert found(shop, access="available") == ["redis"]
    assert "redis" not in found(shop)
    page = asked(shop, q="redis")
    assert (list(page.images), page.elsewhere) == ([], 1)


def test_an_unlisted_image_of_another_tenant_is_not_there(shop, globex):
    image = offered("secret")
    Image.objects.filter(pk=image.pk).update(is_listed=False)
    entitle(tenant=globex, image=image)
    assert "secret" not in found(shop, access="available")
    assert asked(shop, q="secrte").corrected == ""
    assert found(globex) == ["secret"]


def test_a_grant_that_has_ended_makes_an_image_available_again(shop):
    shop.grants.filter(name="nginx").update(ends_at=timezone.now() - timedelta(days=1))
    assert "nginx" not in found(shop)
    assert "nginx" in found(shop, access="available")


def test_filters_narrow_and_count_what_each_other_leaves(shop):
    today = timezone.now().date()
    ended = (StreamOffer(name="1", spec=world.SPEC, eol_on=today - timedelta(days=10)),)
    dev = (StreamOffer(name="1-dev", spec=world.SPEC, variant="dev"),)
    entitle(tenant=shop, image=offered("old", streams=ended))
    entitle(tenant=shop, image=offered("tools", streams=dev))
    assert found(shop, life="grace") == ["old"]
    assert found(shop, variant="dev") == ["tools"]
    assert found(shop, arch="amd64") == ["python"]
    assert found(shop, category="tool", variant="dev") == ["tools"]
    counts = asked(shop, category="tool").counts
    assert counts["category"]["database"] == 1
    assert counts["variant"] == {"runtime": 2, "dev": 1}
    assert counts["life"] == {Life.SUPPORTED: 2, Life.GRACE: 1}


def test_order_is_by_name_or_what_is_newest_or_smallest(shop):
    assert found(shop) == sorted(OFFERS)
    assert found(shop, sort="newest")[0] == "python"
    assert found(shop, sort="smallest")[0] == "python"


def test_what_is_newest_and_smallest_follows_each_release(shop):
    stream = Image.objects.get(name="nginx").streams.get()
    release = world.released(stream, content=b"a layer of nginx")
    Release.objects.filter(pk=release.pk).update(published_at=timezone.now(), size=7)
    shelf.note(stream.image)
    assert found(shop, sort="newest")[:2] == ["nginx", "python"]
    assert found(shop, sort="smallest")[:2] == ["nginx", "python"]


def test_free_images_are_yours_and_told_apart(shop, globex):
    entitle(tenant=shop, image=offered("gratis", is_free=True))
    page = asked(shop)
    assert page.by_access == {Access.YOURS: 5, Access.AVAILABLE: 1, Access.FREE: 1}
    assert found(shop, access="free") == ["gratis"]


def test_what_nobody_offers_counts_as_absent():
    wanted = Wanted.read({"category": "'; --", "access": "x", "sort": "x", "arch": "a b", "life": "x"})
    assert wanted == Wanted()


def test_the_newest_release_of_each_stream_is_two_queries(shop, django_assert_num_queries):
    stream = Image.objects.get(name="python").streams.get()
    last = world.released(stream, content=b"newer")
    with django_assert_num_queries(2):
        assert search.newest_releases([stream]) == {stream.pk: last}


def test_which_streams_have_a_release_is_one_query(shop, django_assert_num_queries):
    stream, empty = Image.objects.get(name="python").streams.get(), offered("bare").streams.get()
    empty.releases.all().delete()
    world.released(stream, content=b"newer")
    with django_assert_num_queries(1):
        assert search.released([stream, empty]) == {stream.pk}


def test_a_word_is_not_corrected_to_a_package_that_only_others_hold(shop, globex):
    entitle(tenant=globex, image=offered("vault"))
    Image.objects.update(is_listed=False)
    hidden = Image.objects.get(name="vault").streams.get()
    contents.hold(release=world.released(hidden, content=b"vault"), versions=[version("libsecretsauce", "1")])
    assert asked(shop, q="libsecretsuace").corrected == ""
    assert asked(globex, q="libsecretsuace").corrected == "libsecretsauce"
