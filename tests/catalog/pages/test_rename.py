"""A grant under another name: pages give the tenant's own, whatever another tenant calls the same thing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.models import Chart, ChartVersion
from catalog.offer import entitle
from registry import grants
from registry.models import Repository
from tests.catalog import world


@pytest.fixture
def renamed(acme, globex):
    """python and its chart, for acme below team/, for globex as the platform calls them."""
    image = world.image("python", is_free=False)
    world.released(image.streams.get())
    chart = Chart.objects.create(name="web", repository=Repository.objects.create(name="charts/web"))
    manifest = world.pushed(chart.repository, tag="1.0.0")
    ChartVersion.objects.create(
        chart=chart, version="1.0.0", digest=manifest.digest, published_at=timezone.now()
    )
    for tenant in (globex, acme):
        entitle(tenant=tenant, image=image)
        entitle(tenant=tenant, chart=chart)
    grants.grant(tenant=acme, repository=image.repository, name="team/py")
    grants.grant(tenant=acme, repository=chart.repository, name="team/charts/web")


def test_images_go_by_the_tenants_name(visit, alice, renamed):
    listed = visit(alice, "/images/").content.decode()
    assert 'href="/images/team/py/"' in listed
    assert 'href="/images/python/"' not in listed
    page = visit(alice, "/images/team/py/").content.decode()
    assert "docker pull acme.localhost/team/py:3.13" in page
    assert "acme.localhost/python" not in page
    assert visit(alice, "/images/python/").status_code == 404
    assert "acme.localhost/team/py" in visit(alice, "/images/team/py/?tab=verify").content.decode()


def test_the_api_refers_by_the_tenants_name(visit, alice, renamed):
    found = visit(alice, "/api/v1/images/team/py/").json()
    assert (found["name"], found["reference"]) == ("team/py", "acme.localhost/team/py")


def test_charts_are_pulled_by_the_tenants_name(visit, alice, renamed):
    page = visit(alice, "/charts/web/").content.decode()
    assert "helm install web oci://acme.localhost/team/charts/web --version 1.0.0" in page
    assert "oci://acme.localhost/charts/web" not in page
