"""Search, filters and counts of the charts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import offer
from catalog.charts.listing import Listing, Wanted, listing
from catalog.charts.taking import take_chart
from registry.models import Grant, Repository
from tests.catalog import world
from tests.catalog.charts.archives import CHART, VALUES, packed

NAMES = {"shop": "A shop.", "till": "Counts money.", "attic": "Keeps what a shop does not sell."}


def archive(name: str, version: str = "1.2.3", summary: str = "", image: str = "redis") -> bytes:
    chart = CHART.replace("A shop.", "SUMMARY").replace("shop", name).replace("1.2.3", version)
    chart = chart.replace("SUMMARY", summary or NAMES[name])
    return packed({f"{name}/Chart.yaml": chart, f"{name}/values.yaml": VALUES.replace("redis", image)})


@pytest.fixture
def shelf(acme, alice, settings, tmp_path):
    """shop and attic deploy redis, a database; till deploys an image that is not there. All are acme's own."""
    settings.STORAGE_ROOT = tmp_path
    image = world.image("redis", is_free=False, stream="8.2", category="database")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    for name in NAMES:
        image_named = "nothing" if name == "till" else "redis"
        take_chart(tenant=acme, content=archive(name, image=image_named), actor=alice)
    return acme


def asked(tenant, **wanted: str) -> Listing:
    return listing(tenant=tenant, wanted=Wanted.read(wanted), page=None, rows=30)


def found(tenant, **wanted: str) -> list[str]:
    return [one.name for one in asked(tenant, **wanted).page]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("till", ["till"]),
        ("SHOP", ["shop", "attic"]),
        ("money counts", ["till"]),
        ("docker.io/bitnami/redis:7", ["attic", "shop"]),
        ("redis sell", ["attic"]),
        ("nothing-of-this", []),
        ("%", []),
        ("_", []),
        ("\\' OR 1=1 --", []),
        ("\N{PILE OF POO}\N{RIGHT-TO-LEFT OVERRIDE}", []),
        ("x" * 10_000, []),
    ],
)
def test_words_are_found_in_names_summaries_and_deployed_images(shelf, text: str, names: list[str]) -> None:
    assert found(shelf, q=text) == names


def test_a_mistyped_name_is_forgiven(shelf) -> None:
    page = asked(shelf, q="atic")
    assert (page.corrected, [one.name for one in page.page]) == ("attic", ["attic"])


def test_each_count_takes_the_other_filters_into_account(shelf) -> None:
    page = asked(shelf, category="database")
    assert [one.name for one in page.page] == ["attic", "shop"]
    assert page.counts["category"] == {"database": 2}
    assert (page.totals["category"], page.counts["source"]) == (3, {"own": 2})
    assert found(shelf, source="platform") == []
    assert found(shelf, source="nonsense", category="nonsense", sort="nonsense") == ["attic", "shop", "till"]


def test_the_newest_come_first_when_that_is_asked_for(shelf, alice) -> None:
    take_chart(tenant=shelf, content=archive("shop", "1.3.0"), actor=alice)
    assert found(shelf, sort="newest")[0] == "shop"


def test_what_another_tenant_has_is_not_found(shelf, globex) -> None:
    assert asked(globex).total == 0
    assert found(globex, q="shop") == []


def test_a_grant_of_some_versions_shows_the_newest_of_those(shelf, globex, alice) -> None:
    """Nor does the search find it by what only a hidden version deploys."""
    take_chart(tenant=shelf, content=archive("till", "2.0.0", image="redis"), actor=alice)
    repository = Repository.objects.get(name="charts/till")
    Grant.objects.create(tenant=globex, repository=repository, name="charts/till", tag_patterns=["1.*"])
    (one,) = asked(globex).page
    assert one.name == "till"
    assert found(globex, q="redis") == []
    assert asked(globex).deployed == {one.newest: []}


def test_more_charts_cost_no_more_queries(shelf, alice, django_assert_num_queries) -> None:
    with CaptureQueriesContext(connection) as few:
        asked(shelf)
    for number in range(3):
        take_chart(tenant=shelf, content=archive(f"more-{number}", summary="More."), actor=alice)
    with django_assert_num_queries(len(few)):
        assert asked(shelf).total == 6
