"""The platform's chart by helm, over OCI: signed in, pulled, read, rendered."""

from __future__ import annotations

import tarfile

import pytest
import yaml

HELM = "helm4"


@pytest.fixture
def chart(shop):
    return f"oci://{shop.acme}/charts/nginx"


def test_helm_signs_in_and_pulls(client, shop, chart):
    login = ("registry", "login", "--plain-http", "-u", "anyone", "-p", shop.secret("pull"))
    client(HELM, *login, shop.portal.host)
    client(HELM, "pull", "--plain-http", chart)
    version = shop.found["chart"]["version"]
    with tarfile.open(client.home / f"nginx-{version}.tgz") as archive:
        said = yaml.safe_load(archive.extractfile("nginx/Chart.yaml"))
    assert (said["name"], said["version"]) == ("nginx", version)


def test_the_image_is_pinned_by_digest(client, shop, chart):
    client.sign_in("pull")
    values = yaml.safe_load(client(HELM, "show", "values", "--plain-http", chart))
    assert values["image"]["digest"] == shop.found["nginx"]
    told = ("--set", f"image.registry={shop.acme}", "--set", "pages.index\\.html=hello")
    rendered = list(yaml.safe_load_all(client(HELM, "template", "web", "--plain-http", chart, *told)))
    deployment = next(one for one in rendered if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{shop.acme}/nginx@{shop.found['nginx']}"
    # What the chart deploys is what its reader may pull.
    assert client("crane", "--insecure", "digest", container["image"]).strip() == shop.found["nginx"]


def test_rendering_without_a_registry_says_what_to_set(client, chart):
    client.sign_in("pull")
    assert "Set image.registry" in client.refused(HELM, "template", "web", "--plain-http", chart)


def test_a_tenants_own_chart_is_pushed_and_pulled_back(client, shop, chart):
    client.sign_in("acme")
    client(HELM, "create", "shop")
    client(HELM, "package", "shop")
    own = f"oci://{shop.acme}/own-charts"
    client(HELM, "push", "--plain-http", "shop-0.1.0.tgz", own)
    said = yaml.safe_load(client(HELM, "show", "chart", "--plain-http", f"{own}/shop", "--version", "0.1.0"))
    assert said["name"] == "shop"


def test_a_chart_that_is_not_granted_is_not_there(client, shop):
    client.sign_in("beta")
    said = client.refused(
        HELM, "pull", "--plain-http", f"oci://{shop.beta}/charts/nginx", "--version", "0.1.1"
    )
    assert "not found" in said.lower() or "There is no such repository here." in said
