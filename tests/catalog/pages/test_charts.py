"""The list of charts."""

from __future__ import annotations

import pytest

from catalog.charts.taking import take_chart
from catalog.models import ChartVersion
from tests.catalog.charts.test_listing import NAMES, archive


@pytest.fixture
def shelf(acme, alice, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path
    for name in NAMES:
        take_chart(tenant=acme, content=archive(name), actor=alice)
    return acme


def test_a_search_keeps_the_filters_and_says_how_many_it_found(visit, alice, shelf) -> None:
    page = visit(alice, "/charts/?q=shop&source=own&sort=newest").content.decode()
    assert "2 charts" in page
    assert 'name="source" value="own"' in page
    assert 'name="sort" value="newest"' in page
    assert 'href="/charts/till/"' not in page


def test_without_a_match_it_leads_back_and_to_the_images(visit, alice, shelf) -> None:
    page = visit(alice, "/charts/?q=<b>nothing</b>").content.decode()
    assert "Nothing matches “&lt;b&gt;nothing&lt;/b&gt;”" in page
    assert 'href="/images/?q=%3Cb%3Enothing%3C%2Fb%3E"' in page
    assert "Show all charts" in page


def test_htmx_gets_the_rows_with_the_filters_alone(visit, alice, shelf) -> None:
    page = visit(alice, "/charts/?q=till", **{"hx-target": "found"}).content.decode()
    assert 'href="/charts/till/"' in page
    assert 'hx-swap-oob="true"' in page
    assert "<html" not in page


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x", "last", "1e3", ""])
def test_a_page_that_is_not_there_is_the_nearest_one(visit, alice, shelf, number: str) -> None:
    answer = visit(alice, f"/charts/?page={number}")
    assert answer.status_code == 200
    assert 'href="/charts/shop/"' in answer.content.decode()


def test_the_interface_searches_alike(visit, alice, shelf) -> None:
    assert [one["name"] for one in visit(alice, "/api/v1/charts/?q=money").json()["results"]] == ["till"]


def test_without_charts_it_says_how_one_comes(visit, alice, acme) -> None:
    page = visit(alice, "/charts/").content.decode()
    assert "A chart appears once the images it deploys are published." in page
    assert 'role="search"' not in page


def test_two_charts_need_no_second_page_and_none_is_offered(visit, alice, shelf) -> None:
    page = visit(alice, "/charts/").content.decode()
    assert 'class="pager"' not in page


def test_many_charts_do(visit, alice, shelf) -> None:
    for number in range(18):
        take_chart(tenant=shelf, content=archive(f"more-{number}", summary="More."), actor=alice)
    assert "1\N{EN DASH}20 of 21" in visit(alice, "/charts/").content.decode()
    assert "21\N{EN DASH}21 of 21" in visit(alice, "/charts/?page=2").content.decode()


def test_cards_keep_the_question(visit, alice, shelf) -> None:
    page = visit(alice, "/charts/?q=shop&view=cards").content.decode()
    assert '<ul class="cards">' in page
    assert 'name="view" value="cards"' in page
    assert 'href="/charts/attic/"' in page


def test_a_chart_that_helm_pushed_and_nobody_can_read_is_marked(visit, alice, shelf) -> None:
    ChartVersion.objects.filter(chart__name="till").update(trouble="chart-yaml: No.")
    page = visit(alice, "/charts/").content.decode()
    assert page.count("cannot be read") == 1
