"""Charts that come with images which a tenant may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import offer, promises
from catalog.charts.available import lacking
from catalog.charts.publish import publish_charts
from catalog.charts.taking import take_chart
from catalog.models import Image
from tests.catalog import world
from tests.catalog.charts.archives import packed


@pytest.fixture
def nginx(acme, globex, settings, tmp_path) -> Image:
    """Listed for all, and another tenant's; its chart is published."""
    settings.STORAGE_ROOT = tmp_path
    image = world.image("nginx", is_free=False, stream="1.28")
    Image.objects.filter(pk=image.pk).update(is_listed=True)
    offer.entitle(tenant=globex, image=image)
    world.released(image.streams.get())
    publish_charts()
    return image


def test_it_is_told_apart_from_those_that_may_be_installed(visit, alice, nginx) -> None:
    page = visit(alice, "/charts/").content.decode()
    assert "No charts yet." in page
    page = visit(alice, "/charts/?access=available").content.decode()
    assert "1 chart" in page
    assert "Request access" in page
    assert 'href="/charts/nginx/"' in page


def test_a_search_says_that_there_is_one(visit, alice, nginx) -> None:
    page = visit(alice, "/charts/?q=nginx").content.decode()
    assert "1 chart with images you may ask for matches" in page
    assert 'href="?q=nginx&amp;access=available"' in page


def test_its_page_says_what_it_comes_with_and_no_more(visit, alice, nginx) -> None:
    page = visit(alice, "/charts/nginx/").content.decode()
    assert 'href="/available/nginx/"' in page
    assert "helm install nginx" not in page
    for path in (
        "?version=0.1.1&tab=values",
        "versions/0.1.1/values.yaml",
        "versions/0.1.1/images.lock.json",
    ):
        answer = visit(alice, f"/charts/nginx/{path}")
        assert answer.status_code == 404 or b"replicaCount: 2" not in answer.content


def test_with_the_image_comes_the_chart_at_once(visit, alice, acme, nginx) -> None:
    offer.entitle(tenant=acme, image=nginx)
    assert lacking(acme) == {}
    assert "helm install nginx" in visit(alice, "/charts/nginx/").content.decode()


def test_a_chart_of_an_image_that_nobody_may_ask_for_is_not_there(visit, alice, nginx) -> None:
    Image.objects.filter(pk=nginx.pk).update(is_listed=False)
    assert visit(alice, "/charts/nginx/").status_code == 404
    assert "nginx" not in visit(alice, "/charts/?access=available").content.decode()


def test_what_was_taken_away_stays_away(visit, alice, acme, nginx) -> None:
    """Neither the next round of publishing nor the list gives it back to who has its images."""
    offer.entitle(tenant=acme, image=nginx)
    promises.take(tenant=acme, names=["charts/nginx"])
    publish_charts()
    assert lacking(acme) == {}
    assert visit(alice, "/charts/nginx/").status_code == 404


def test_a_new_version_does_not_give_it_back_either(visit, alice, acme, nginx) -> None:
    offer.entitle(tenant=acme, image=nginx)
    promises.take(tenant=acme, names=["charts/nginx"])
    world.released(nginx.streams.get(), content=b"newer")
    assert publish_charts()
    assert visit(alice, "/charts/nginx/").status_code == 404


def api(visit, person, question: str = "") -> list[dict[str, Any]]:
    return visit(person, f"/api/v1/charts/{question}").json()["results"]


def test_the_api_lists_it_apart_with_what_is_lacking(visit, alice, nginx) -> None:
    assert api(visit, alice) == []
    (said,) = api(visit, alice, "?access=available&q=ngi&category=language")
    assert (said["name"], said["access"], said["lacks"], said["reference"]) == (
        "nginx",
        "available",
        ["nginx"],
        "",
    )
    assert (said["version"], said["is_own"]) == ("0.1.1", False)
    assert api(visit, alice, "?access=available&q=redis") == []
    assert api(visit, alice, "?access=available&source=own") == []


def test_the_api_says_what_it_comes_with_and_gives_nothing_of_it(visit, alice, nginx) -> None:
    said = visit(alice, "/api/v1/charts/nginx/").json()
    assert (said["access"], said["lacks"], said["versions"], said["images"]) == (
        "available",
        ["nginx"],
        ["0.1.1"],
        [],
    )
    assert said["reference"] == ""
    assert visit(alice, "/api/v1/charts/nginx/?version=0.1.1").json() == said
    assert visit(alice, "/api/v1/charts/nginx/?version=9.9.9").status_code == 404
    assert visit(alice, "/api/v1/charts/nginx/versions/0.1.1/values/").status_code == 404


def test_the_api_tells_a_granted_one_from_it(visit, alice, acme, nginx) -> None:
    offer.entitle(tenant=acme, image=nginx)
    assert api(visit, alice, "?access=available") == []
    (said,) = api(visit, alice)
    assert (said["access"], said["lacks"]) == ("yours", [])
    assert said["reference"] == "oci://acme.localhost/charts/nginx"


def test_the_api_knows_none_of_an_image_that_nobody_may_ask_for(visit, alice, nginx) -> None:
    Image.objects.filter(pk=nginx.pk).update(is_listed=False)
    assert api(visit, alice, "?access=available") == []
    absent = visit(alice, "/api/v1/charts/absent/")
    hidden = visit(alice, "/api/v1/charts/nginx/")
    assert (hidden.status_code, hidden.json()) == (404, absent.json())


def test_another_tenants_own_chart_is_available_to_nobody(visit, alice, globex, charlie, nginx) -> None:
    take_chart(tenant=globex, content=packed(), actor=charlie)
    assert [one["name"] for one in api(visit, alice, "?access=available")] == ["nginx"]
    assert visit(alice, "/api/v1/charts/shop/").status_code == 404


def test_more_available_charts_cost_no_more_queries(visit, alice, nginx) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert visit(alice, "/api/v1/charts/?access=available").status_code == 200
        return len(queries)

    count()
    one = count()
    for name in ("redis", "valkey"):
        image = world.image(name, is_free=False, stream="1")
        Image.objects.filter(pk=image.pk).update(is_listed=True)
        world.released(image.streams.get(), content=name.encode())
    publish_charts()
    assert len(api(visit, alice, "?access=available")) == 3
    assert count() == one
