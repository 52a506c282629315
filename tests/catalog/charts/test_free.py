"""Charts of the free tier: their newest version, for everyone, without signing in."""

from __future__ import annotations

import pytest
import yaml

from catalog import free
from catalog.charts.publish import publish_charts
from catalog.models import Image
from registry import visibility
from tenants.models import Tenant
from tests.catalog import world
from tests.catalog.charts.test_classic import Asking


@pytest.fixture(params=["opened first", "published first"])
def tier(request, acme, settings, tmp_path) -> Tenant:
    """nginx is free; its chart has had two versions, of which the older pins an image that is no longer the latest."""
    settings.STORAGE_ROOT = tmp_path
    image = world.image("nginx", stream="1.28")
    world.released(image.streams.get(), content=b"older")
    if request.param == "opened first":
        free.open_tier(actor="tests")
    publish_charts()
    tier = free.open_tier(actor="tests")
    world.released(image.streams.get(), content=b"newer")
    publish_charts()
    return tier


def see(path: str, host: str = "free.localhost"):
    return Asking(host)(path)


def test_only_the_newest_version_is_there(tier) -> None:
    view = visibility.find(tenant=tier, name="charts/nginx")
    assert view is not None
    assert view.tags() == ["0.1.2"]
    newest = Image.objects.get(name="nginx").streams.get().releases.order_by("-published_at")[0]
    assert newest.digest in see("/charts/nginx/?tab=values").content.decode()
    assert "1, by digest" in see("/charts/nginx/").content.decode()


@pytest.mark.parametrize(("host", "prefix"), [("free.localhost", ""), ("localhost:8000", "/free")])
def test_a_stranger_adds_the_classic_repository(tier, host: str, prefix: str) -> None:
    index = yaml.safe_load(see(f"{prefix}/charts/index.yaml", host).content)
    assert [one["version"] for one in index["entries"]["nginx"]] == ["0.1.2"]
    assert see(f"{prefix}/charts/nginx-0.1.2.tgz", host).status_code == 200
    assert see(f"{prefix}/charts/nginx-0.1.1.tgz", host).status_code == 401


def test_no_command_asks_for_a_token(tier) -> None:
    page = see("/charts/nginx/").content.decode()
    assert "helm install nginx oci://free.localhost/charts/nginx --version 0.1.2" in page
    assert "helm repo add free http://free.localhost/charts<" in page
    assert "TOKEN" not in page.partition("<aside")[2].partition("</aside")[0]
    assert "imagePullSecrets" not in page.partition("<aside")[2].partition("</aside")[0]


def test_a_tenant_that_is_not_open_still_asks_who_one_is(tier) -> None:
    assert see("/charts/index.yaml", "acme.localhost").status_code == 401
