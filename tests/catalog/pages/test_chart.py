"""The page of one chart, and what it gives to download."""

from __future__ import annotations

import html
import re

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import offer
from catalog.charts.publish import publish_charts
from catalog.charts.taking import take_chart
from catalog.models import ChartVersion, Image
from registry.models import Grant, Repository
from tests.catalog import world
from tests.catalog.charts.archives import packed, sound
from tests.catalog.charts.bundles import chart

TABS = ("overview", "values", "templates", "images", "versions")


@pytest.fixture
def nginx(acme, globex, settings, tmp_path) -> ChartVersion:
    settings.STORAGE_ROOT = tmp_path
    image = world.image("nginx", is_free=False, stream="1.28")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    (version,) = publish_charts()
    return version


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens(visit, alice, nginx, tab):
    page = visit(alice, f"/charts/nginx/?tab={tab}")
    assert page.status_code == 200
    assert 'aria-current="page"' in page.content.decode()


def test_what_runs_is_named_first_of_what_it_becomes(nginx):
    assert nginx.kinds[:2] == ["Deployment", "Service"]
    assert "NetworkPolicy" in nginx.kinds[2:]


def test_it_says_how_to_install_from_this_host_in_both_ways(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/").content.decode()
    told = "--set image.registry=acme.localhost --set &#x27;imagePullSecrets[0].name=pull&#x27;"
    assert f"helm install nginx oci://acme.localhost/charts/nginx --version 0.1.1 --plain-http {told}" in page
    assert "helm repo add acme http://acme.localhost/charts --username token" in page
    assert f"helm install nginx acme/nginx --version 0.1.1 {told}" in page


def test_a_key_that_a_shell_would_run_is_in_no_command(visit, alice, acme, nginx):
    for key in ("$(reboot)", "a;reboot", "a b", "a,b", "a.b", "`reboot`", "x=y"):
        text = yaml.safe_dump({key: {"image": {"repository": "nginx", "tag": "1.28"}}})
        take_chart(tenant=acme, actor=alice, content=packed(sound(**{"shop/values.yaml": text})))
        page = visit(alice, "/charts/shop/").content.decode()
        assert "--values shop-values.yaml" in page
        assert f"{key}.image.repository" not in html.unescape(page)
        values = visit(alice, "/charts/shop/versions/1.2.3/values.yaml").content.decode()
        assert yaml.safe_load(values)[key]["image"]["repository"] == "acme.localhost/nginx"
        ChartVersion.objects.filter(chart__name="shop").delete()
        Repository.objects.get(name="charts/shop").tags.all().delete()


def test_an_image_of_a_chart_within_says_what_switches_it_on(visit, alice, acme, nginx):
    need = [{"name": "nginx", "alias": "web", "condition": "web.enabled"}]
    files = {**chart("shop/", values={"web": {"enabled": False}}, needs=need),
             **chart("shop/charts/nginx/", values={"image": {"repository": "nginx", "tag": "1.28"}})}  # fmt: skip
    take_chart(tenant=acme, actor=alice, content=packed(files))
    page = visit(alice, "/charts/shop/?tab=images").content.decode()
    assert "web.image" in page
    assert "off until web.enabled is true" in page
    lock = visit(alice, "/charts/shop/versions/1.0.0/images.lock.json").json()
    assert (lock["images"][0]["values"], lock["images"][0]["when"]) == ("web.image", "web.enabled")


def test_the_values_are_found_by_what_they_are_for(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=values&q=secrets+ACCESS").content.decode()
    assert "imagePullSecrets" in page
    assert "replicaCount" not in page.partition('id="rows"')[2].partition("values.yaml")[0]
    assert "No value has “nothing”" in visit(alice, "/charts/nginx/?tab=values&q=nothing").content.decode()


def test_htmx_gets_the_values_alone(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=values&q=port", **{"hx-target": "rows"}).content.decode()
    assert "service.port" in page
    assert "<html" not in page


def test_the_schema_is_said_beside_the_values(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=values").content.decode()
    assert "≥ 1, ≤ 65535" in page
    assert "required" in page


def test_templates_say_what_they_become(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=templates").content.decode()
    assert "templates/service.yaml" in page
    assert re.search(r'workload\.yaml.*?<td class="fade">\s*Deployment\s*</td>', page, re.DOTALL)


def test_a_template_can_be_read_line_by_line(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=templates&file=templates/service.yaml").content.decode()
    assert re.search(r'<span id="L2">kind: Service\n</span>', page)
    assert f"All {len(nginx.templates)} files" in page


def test_a_file_that_the_chart_has_not_is_not_there(visit, alice, charlie, nginx):
    for file in ("templates/none.yaml", "../../etc/passwd", "Chart.yaml", "%FF"):
        assert visit(alice, f"/charts/nginx/?tab=templates&file={file}").status_code == 404
    assert visit(charlie, "/charts/nginx/?tab=templates&file=templates/service.yaml").status_code == 404


def test_a_template_s_own_markup_is_text_and_nothing_in_it_is_hidden(visit, alice, acme, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path
    text = "kind: <script>alert(1)</script>\n# \u202egnp.exe\u200b\nlast"
    take_chart(tenant=acme, content=packed(sound(**{"shop/templates/x.yaml": text})), actor=alice)
    page = visit(alice, "/charts/shop/?tab=templates&file=templates/x.yaml").content.decode()
    assert '<span id="L1">kind: &lt;script&gt;alert(1)&lt;/script&gt;\n</span>' in page
    assert "&lt;U+202E&gt;gnp.exe&lt;U+200B&gt;" in page
    assert '<span id="L3">last\n</span></pre>' in page


def test_an_archive_that_is_gone_is_said_with_its_code(visit, alice, nginx, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "elsewhere"
    page = visit(alice, "/charts/nginx/?tab=templates&file=templates/service.yaml").content.decode()
    assert "Its archive cannot be read from the store." in page
    assert "chart-not-archive" in page


def test_the_interface_gives_the_values_for_this_host(visit, alice, charlie, nginx):
    said = visit(alice, "/api/v1/charts/nginx/versions/0.1.1/values/").json()
    assert said["changes"] == {"image.registry": "acme.localhost"}
    assert yaml.safe_load(said["values"])["image"]["registry"] == "acme.localhost"
    assert "# Host that you pull from" in said["values"]
    assert visit(alice, "/api/v1/charts/nginx/versions/9.9.9/values/").status_code == 404
    assert visit(charlie, "/api/v1/charts/nginx/versions/0.1.1/values/").status_code == 404


def test_images_are_given_by_the_digest_that_is_pulled_here(visit, alice, nginx):
    page = visit(alice, "/charts/nginx/?tab=images").content.decode()
    assert nginx.images[0]["digest"] in page
    assert 'href="/images/nginx/"' in page


def test_the_values_for_this_host_name_its_registry_and_keep_the_comments(visit, alice, nginx):
    answer = visit(alice, "/charts/nginx/versions/0.1.1/values.yaml")
    text = answer.content.decode()
    assert yaml.safe_load(text)["image"]["registry"] == "acme.localhost"
    assert "# Host that you pull from" in text
    assert len(text.splitlines()) == len(nginx.values.splitlines())
    assert 'filename="nginx-values.yaml"' in answer["Content-Disposition"]


def test_the_lock_gives_each_image_by_digest(visit, alice, nginx):
    lock = visit(alice, "/charts/nginx/versions/0.1.1/images.lock.json").json()
    (image,) = lock["images"]
    assert lock["digest"] == nginx.digest
    assert image["reference"].endswith(f"nginx@{nginx.images[0]['digest']}")


def test_an_older_version_can_be_looked_at_and_says_that_it_is_old(visit, alice, nginx):
    world.released(
        nginx.chart.repository.grants.get().tenant.entitlements.get(image__isnull=False).image.streams.get(),
        content=b"n",
    )
    publish_charts()
    page = visit(alice, "/charts/nginx/?version=0.1.1&tab=images").content.decode()
    assert "The newest is 0.1.2." in page
    assert nginx.images[0]["digest"] in page
    assert visit(alice, "/charts/nginx/?version=9.9.9").status_code == 404


def test_a_version_that_the_grant_does_not_show_is_not_there(visit, alice, nginx, acme):
    Grant.objects.of(acme.pk).filter(name="charts/nginx").update(tag_patterns=["9.*"])
    assert visit(alice, "/charts/nginx/?version=0.1.1").status_code == 404
    assert visit(alice, "/charts/nginx/versions/0.1.1/values.yaml").status_code == 404
    assert "No version is published yet." in visit(alice, "/charts/nginx/").content.decode()
    assert "0.1.1" not in visit(alice, "/charts/").content.decode()


def test_another_tenant_has_no_such_chart(visit, charlie, nginx):
    for path in ("", "versions/0.1.1/values.yaml", "versions/0.1.1/images.lock.json"):
        assert visit(charlie, f"/charts/nginx/{path}").status_code == 404


def test_more_charts_cost_no_more_queries(visit, alice, acme, nginx, django_assert_num_queries):
    with CaptureQueriesContext(connection) as one:
        visit(alice, "/charts/")
    for name in ("redis", "valkey", "caddy"):
        image = world.image(name, is_free=False, stream="1")
        offer.entitle(tenant=acme, image=image)
        world.released(image.streams.get(), content=name.encode())
    publish_charts()
    with django_assert_num_queries(len(one)):
        assert "valkey" in visit(alice, "/charts/").content.decode()


def test_more_versions_cost_no_more_queries(visit, alice, nginx, django_assert_num_queries):
    with CaptureQueriesContext(connection) as one:
        visit(alice, "/charts/nginx/?tab=versions")
    stream = Image.objects.get(name="nginx").streams.get()
    for number in range(3):
        world.released(stream, content=f"newer {number}".encode())
        publish_charts()
    with django_assert_num_queries(len(one)):
        assert "0.1.4" in visit(alice, "/charts/nginx/?tab=versions").content.decode()
