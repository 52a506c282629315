"""Importing a chart on its page and over the API: who may, and what a refusal says."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.charts import archive
from catalog.models import ChartVersion
from tenants import tokens
from tenants.roles import Role
from tests.catalog.charts.archives import packed, sound
from tests.people import person


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


def send(user, content: bytes, **options):
    client = Client(headers={"host": "acme.localhost"}, **options)
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client.post("/charts/import", {"archive": SimpleUploadedFile("shop-1.2.3.tgz", content)})


def test_a_builder_imports_a_chart_and_is_shown_it(acme, bob, visit):
    answer = send(bob, packed())
    assert (answer.status_code, answer["Location"]) == (302, "/charts/shop/")
    page = visit(bob, "/charts/shop/").content.decode()
    assert "A shop." in page
    assert "helm install shop oci://acme.localhost/charts/shop --version 1.2.3" in page
    assert "yours" in visit(bob, "/charts/").content.decode()


def test_the_list_leads_whoever_may_to_the_form(acme, bob, visit):
    assert 'href="/charts/import"' in visit(bob, "/charts/").content.decode()
    page = visit(bob, "/charts/import").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert "helm push NAME-VERSION.tgz oci://acme.localhost/charts" in page


def test_the_list_takes_nothing(acme, bob):
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(bob, backend="tenants.signin.PlatformBackend")
    assert client.post("/charts/").status_code == 405


def test_a_refusal_is_said_with_its_code(acme, bob):
    answer = send(bob, packed(sound(**{"shop/../x": ""})))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "does not lie plainly within the chart" in page
    assert "<code>chart-path</code>" in page


def test_what_a_chart_says_is_never_markup(acme, bob, visit):
    evil = "<script>alert(1)</script>"
    chart = f"apiVersion: v2\nname: shop\nversion: 1.2.3\ndescription: {evil}\nappVersion: '{evil}'\n"
    readme = f"# {evil}\n\n[x](javascript:alert(1)) ![x](https://elsewhere.example/p.png) <img src=x onerror=alert(1)>\n"
    values = f"# {evil}\na: '{evil}'\n"
    files = {
        "shop/Chart.yaml": chart,
        "shop/README.md": readme,
        "shop/values.yaml": values,
        f"shop/templates/{evil}": "kind: <b>",
    }
    files["shop/templates/evil.yaml"] = f"kind: {evil}\n"
    files.pop(f"shop/templates/{evil}")
    assert send(bob, packed(sound(**files))).status_code == 302
    for tab in ("overview", "values", "templates", "images", "versions"):
        page = visit(bob, f"/charts/shop/?tab={tab}").content.decode()
        body = page.partition("<main")[2]
        assert "<script" not in body
        assert "<img" not in body
        assert 'href="javascript' not in body


def test_too_much_is_refused_before_it_is_read(acme, bob):
    answer = send(bob, b"\0" * (archive.MOST_BYTES + (1 << 20)))
    assert answer.status_code == 422
    assert "chart-too-large" in answer.content.decode()


def test_nothing_chosen_is_said(acme, bob):
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(bob, backend="tenants.signin.PlatformBackend")
    assert "Choose the archive" in client.post("/charts/import").content.decode()


def test_a_viewer_cannot_and_is_not_offered_it(acme, visit):
    vera = person("vera", acme, Role.VIEWER)
    assert send(vera, packed()).status_code == 404
    assert visit(vera, "/charts/import").status_code == 404
    assert "Import a chart" not in visit(vera, "/charts/").content.decode()


def test_a_form_from_elsewhere_is_refused(acme, bob):
    assert send(bob, packed(), enforce_csrf_checks=True).status_code == 403
    assert not ChartVersion.objects.exists()


def ask(secret: str, content: bytes | None = None, path: str = "/api/v1/charts/"):
    client = Client(headers={"host": "acme.localhost", "authorization": f"Bearer {secret}"})
    if content is None:
        return client.get(path)
    return client.generic("POST", path, content, content_type="application/gzip")


@pytest.fixture
def secret(acme, bob):
    return tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull", "push"])[1]


def test_the_api_takes_the_archive_as_it_is(acme, secret):
    answer = ask(secret, packed())
    assert answer.status_code == 201
    said = answer.json()
    assert (said["name"], said["version"], said["is_own"]) == ("shop", "1.2.3", True)
    assert said["images"][0] == {
        "values": "image", "asked": "redis:8.2", "found": "missing", "name": "", "tag": "", "digest": "", "when": "",
    }  # fmt: skip
    assert said["reference"] == "oci://acme.localhost/charts/shop"
    assert ask(secret).json()["results"][0]["digest"] == said["digest"]
    assert ask(secret, path="/api/v1/charts/shop/?version=1.2.3").json()["versions"] == ["1.2.3"]
    assert ask(secret, path="/api/v1/charts/shop/?version=9.9.9").status_code == 404


def test_the_apis_refusals_are_problem_documents(acme, secret):
    answer = ask(secret, b"no archive")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:assay:error:chart-not-archive")
    ask(secret, packed())
    again = ask(secret, packed(sound(**{"shop/values.yaml": "other: 1\n"})))
    assert (again.status_code, again.json()["type"]) == (409, "urn:assay:error:chart-version-taken")
    assert ask(secret, b"\0" * (archive.MOST_BYTES + 1)).json()["type"].endswith("chart-too-large")


def test_a_token_that_may_only_pull_imports_nothing(acme, bob):
    pull_only = tokens.issue(user=bob, tenant=acme, name="cluster", actions=["pull"])[1]
    assert ask(pull_only, packed()).status_code == 404
    assert ask(pull_only).status_code == 200
