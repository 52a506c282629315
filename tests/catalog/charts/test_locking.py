"""Which image of a tenant's catalogue stands for one that a chart names, and by which digest."""

from __future__ import annotations

import pytest
import yaml

from catalog import offer
from catalog.charts.locking import How, locked
from catalog.charts.places import places_in
from registry import grants
from tests.catalog import world


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


@pytest.fixture
def redis(acme, globex):
    image = world.image("redis", is_free=False, stream="8.2")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    return image


def lock(tenant, text: str):
    (one,) = locked(tenant=tenant, places=places_in(yaml.safe_load(text)))
    return one


def test_the_version_that_is_asked_for_leads_to_its_stream(redis, acme):
    one = lock(acme, "image: {registry: docker.io, repository: library/redis, tag: 8.2.1-debian-12}")
    release = redis.streams.get().releases.get()
    assert (one.how, one.name, one.tag, one.digest) == (How.STREAM, "redis", "8.2", release.digest)
    assert one.reference("acme.localhost") == f"acme.localhost/redis:8.2@{release.digest}"


def test_a_tag_that_is_here_is_taken_as_it_is(redis, acme):
    assert lock(acme, "image: {repository: redis, tag: latest}").how == How.TAG


def test_a_line_that_is_not_here_gives_the_newest_and_says_so(redis, acme):
    one = lock(acme, "image: {repository: redis, tag: 6.0.1}")
    assert (one.how, one.tag) == (How.NEWEST, "8.2")


def test_a_digest_that_the_chart_pins_stays_when_it_may_be_pulled(redis, acme):
    first = redis.streams.get().releases.get()
    world.released(redis.streams.get(), content=b"newer")
    one = lock(acme, f"image: {{repository: redis, digest: '{first.digest}'}}")
    assert (one.how, one.digest, one.tag) == (How.PINNED, first.digest, "")


def test_a_digest_that_is_not_here_is_not_believed(redis, acme):
    unshown = world.pushed(redis.repository, content=b"never tagged")
    one = lock(acme, f"image: {{repository: redis, tag: 8, digest: '{unshown.digest}'}}")
    assert one.digest != unshown.digest


def test_what_is_not_in_the_catalogue_is_missing(redis, acme):
    one = lock(acme, "image: {repository: bitnami/os-shell, tag: 12}")
    assert (one.how, one.changes("acme.localhost")) == (How.MISSING, {})


def test_another_tenants_images_stand_for_nothing(redis, globex):
    assert lock(globex, "image: {repository: redis, tag: 8.2}").how == How.MISSING


def test_the_tenants_own_name_for_an_image_is_written(redis, acme):
    grants.grant(tenant=acme, repository=redis.repository, name="team/cache")
    assert lock(acme, "image: {repository: redis, tag: 8.2}").name == "team/cache"


def test_more_places_of_the_same_image_cost_no_more_queries(redis, acme, django_assert_num_queries):
    one = "image: {repository: redis, tag: 8.2}"
    many = "\n".join(f"part{n}: {{{one}}}" for n in range(9))
    for text in (one, many):
        with django_assert_num_queries(QUERIES):
            locked(tenant=acme, places=places_in(yaml.safe_load(text)))


#: The images; the view: an own repository, a grant, which says that nothing is pinned; the tag.
QUERIES = 4


@pytest.mark.parametrize("parts", [10, 60, 5000])
def test_a_version_of_a_thousand_parts_costs_no_more_queries(
    redis, acme, django_assert_max_num_queries, parts
):
    tag = "1" + ".1" * parts
    for text in (f"image: {{repository: redis, tag: {tag}}}", f"image: 'library/redis:{tag}'"):
        with django_assert_max_num_queries(QUERIES + 6):
            one = lock(acme, text)
        assert one.tag == "8.2"
