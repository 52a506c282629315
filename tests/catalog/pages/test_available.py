"""Images that a tenant may ask for, and the page that finds packages."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import contents
from catalog.models import AccessRequest, Image
from catalog.offer import entitle
from tenants.models import Membership
from tenants.roles import Role
from tests.catalog import world
from tests.catalog.test_affected import version


@pytest.fixture
def redis(acme) -> Image:
    image = world.image("redis", is_free=False, stream="8")
    world.released(image.streams.get())
    Image.objects.filter(pk=image.pk).update(is_listed=True)
    return image


def post(user, path: str, **fields: str):
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client.post(path, fields, follow=True)


def test_the_list_of_what_is_available_leads_to_a_request(visit, bob, redis):
    assert 'href="/available/redis/"' not in visit(bob, "/images/").content.decode()
    page = visit(bob, "/images/?access=available").content.decode()
    assert 'href="/available/redis/"' in page
    Image.objects.update(description="It keeps.\n\n    docker run @image@")
    page = visit(bob, "/available/redis/").content.decode()
    assert "Request access" in page
    assert "docker run acme.localhost/redis<" in page


def test_a_request_is_sent_shown_and_taken_back_without_any_script(visit, bob, redis):
    page = post(bob, "/available/redis/ask", reason="For <b>the</b> shop").content.decode()
    assert "You asked for redis." in page
    assert "For &lt;b&gt;the&lt;/b&gt; shop" in page
    assert "asked for" in visit(bob, "/images/?access=available").content.decode()
    post(bob, "/available/redis/take-back")
    assert AccessRequest.objects.get().state == AccessRequest.State.WITHDRAWN
    assert "You asked for" not in visit(bob, "/available/redis/").content.decode()


def test_whoever_may_not_pull_may_not_ask(visit, bob, redis):
    Membership.objects.filter(user=bob).update(role=Role.AUDITOR)
    assert "<textarea" not in visit(bob, "/available/redis/").content.decode()
    assert post(bob, "/available/redis/ask").status_code == 404


def test_an_image_one_has_is_at_its_own_page(visit, bob, redis, acme):
    entitle(tenant=acme, image=redis)
    assert visit(bob, "/available/redis/")["Location"] == "/images/redis/"


def test_an_image_that_is_not_listed_is_not_there(visit, bob, acme):
    world.image("hidden", is_free=False)
    assert visit(bob, "/available/hidden/").status_code == 404
    assert post(bob, "/available/hidden/ask").status_code == 404


def test_another_tenants_person_asks_for_nothing_here(visit, charlie, redis):
    assert visit(charlie, "/available/redis/").status_code == 404
    assert post(charlie, "/available/redis/ask").status_code == 404


def test_an_upstream_reference_gives_the_line_to_pull(visit, bob, redis, acme):
    page = visit(bob, "/images/?q=docker.io/library/redis:8").content.decode()
    assert "docker pull" not in page
    assert "Request access" in page
    entitle(tenant=acme, image=redis)
    page = visit(bob, "/images/?q=docker.io/library/redis:8").content.decode()
    assert "docker pull acme.localhost/redis:8" in page
    answer = visit(bob, "/api/v1/replacement/?reference=docker.io/library/redis:8").json()
    assert (answer["reference"], answer["is_same_version"]) == ("acme.localhost/redis:8", True)
    assert visit(bob, "/api/v1/replacement/?reference=oracle:1").status_code == 404
    assert visit(bob, "/api/v1/replacement/?reference=a+store").json()["errors"][0]["field"] == "reference"


@pytest.fixture
def holding(acme, redis) -> None:
    entitle(tenant=acme, image=redis)
    contents.hold(
        release=redis.newest or redis.streams.get().releases.get(), versions=[version("libc6", "2.9")]
    )


def test_the_package_page_says_which_images_hold_it(visit, bob, holding):
    page = visit(bob, "/packages/?package=libc6&below=2.10").content.decode()
    assert 'href="/images/redis/?tab=packages"' in page
    assert "2.9" in page
    assert "None of your images" in visit(bob, "/packages/?package=libc6&below=2.9").content.decode()
    assert "?package=libc6" in visit(bob, "/packages/?package=libc").content.decode()


def test_a_version_that_is_none_is_refused_at_both_doors(visit, bob, holding):
    answer = visit(bob, "/packages/?package=libc6&below=2.9+or+so")
    assert answer.status_code == 422
    assert "is no version" in answer.content.decode()
    refused = visit(bob, "/api/v1/packages/libc6/images/?below=2.9+or+so")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "below")


def test_the_api_says_the_same(visit, bob, charlie, holding):
    found = visit(bob, "/api/v1/packages/libc6/images/?below=2.10").json()
    assert found["results"] == [
        {"name": "redis", "is_golden": False, "streams": [{"tag": "8", "version": "2.9", "is_newest": True}]}
    ]
    assert visit(charlie, "/api/v1/packages/libc6/images/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/images/",
        "/images/?access=available&view=cards",
        "/packages/?package=libc6&older=1",
        "/api/v1/images/",
    ],
)
def test_a_larger_catalogue_costs_no_more_queries(visit, bob, holding, acme, path, django_assert_num_queries):
    def more(start: int) -> None:
        for number in range(start, start + 4):
            image = world.image(f"image-{number}", is_free=number % 2 == 0, stream="1")
            Image.objects.filter(pk=image.pk).update(is_listed=True)
            release = world.released(image.streams.get(), content=f"layer {number}".encode())
            contents.hold(release=release, versions=[version("libc6", "2.9")])

    more(0)
    visit(bob, path)
    with CaptureQueriesContext(connection) as few:
        visit(bob, path)
    more(4)
    with django_assert_num_queries(len(few)):
        visit(bob, path)
