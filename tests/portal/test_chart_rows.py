"""Charts of a list, as rows and as cards."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from catalog.charts.offered import Offered
from catalog.models import Chart, ChartVersion
from catalog.pages.charts import Row
from catalog.pages.hallmarks import signed
from portal.templatetags.chart_rows import chart_cards, chart_rows
from registry.models import Repository

AT = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("at_a_tenant")


def row(*, is_own: bool = False, summary="A cache.", images=(), lacks=(), marks=(), **version: Any) -> Row:
    chart = Chart(name="redis", summary=summary, repository=Repository(tenant_id=1 if is_own else None))
    newest = ChartVersion(**{"version": "1.2.3", "published_at": AT, **version})
    return Row(Offered(chart, "charts/redis", (newest,)), newest, [*images], [*lacks], [*marks])


@pytest.mark.parametrize("made", [chart_rows, chart_cards])
def test_a_chart_leads_to_its_page_and_its_hallmark_to_its_proof(made):
    html = made([row(marks=[signed("key", "overview")])])
    assert '<a class="target" href="/acme/charts/redis/">redis</a>' in html
    assert 'href="/acme/charts/redis/?tab=overview"' in html
    assert "hallmarks" not in made([row()])


@pytest.mark.parametrize("made", [chart_rows, chart_cards])
def test_what_is_yours_or_cannot_be_read_says_so(made):
    own = made([row(is_own=True)])
    assert '</a> <span class="pill">yours</span>' in own
    assert "cannot be read" not in own
    broken = made([row(trouble="no values")])
    assert '</a> <span class="pill warn">cannot be read</span>' in broken
    assert "yours" not in broken


@pytest.mark.parametrize("made", [chart_rows, chart_cards])
def test_nothing_that_others_wrote_is_markup(made):
    html = made([row(summary="<i>", version="<i>", app_version="<i>", images=["<i>"])])
    html += made([row(lacks=["<i>"])])
    assert "<i>" not in html
    assert html.count("&lt;i&gt;") >= 4


def test_a_row_names_what_it_deploys_or_what_is_lacking():
    assert '<td class="fade">nginx, redis</td>' in chart_rows([row(images=["nginx", "redis"])])
    assert '<td class="fade">\N{EN DASH}</td>' in chart_rows([row()])
    lacking = chart_rows([row(images=["nginx", "redis"], lacks=["redis"])])
    assert '<td class="nowrap">redis <span class="sub">Request access</span></td>' in lacking
    assert "nginx" not in lacking


def test_a_card_names_what_it_deploys_or_what_is_lacking():
    assert '<p class="note">Deploys nginx, redis</p>' in chart_cards([row(images=["nginx", "redis"])])
    assert '<p class="note"></p>' in chart_cards([row()])
    assert '<p class="note">You lack redis · Request access</p>' in chart_cards([row(lacks=["redis"])])
    with translation.override("zh-hans"):
        assert "You lack" not in chart_cards([row(lacks=["redis"])])


def test_a_card_says_the_version_of_what_it_installs_where_it_is_known():
    assert "<code>1.2.3</code> <span>8.0</span> <time" in chart_cards([row(app_version="8.0")])
    assert "<code>1.2.3</code> <time" in chart_cards([row()])


@pytest.mark.parametrize("made", [chart_rows, chart_cards])
def test_a_chart_without_a_version_says_so(made):
    chart = Row(Offered(row().chart.chart, "charts/redis", ()), None, [], [], [])
    html = made([chart])
    assert "<code>\N{EN DASH}</code>" in html
    assert "<time" not in html
