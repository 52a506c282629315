"""Charts by both helms: what is refused over OCI, and everything as a classic repository. The rest: `test_interop`."""

from __future__ import annotations

import json
import urllib.request

import pytest
import yaml

#: A helm that was compiled without its release's flags takes the cluster for an ancient one.
CLUSTER = ("--kube-version", "1.36.3")


@pytest.fixture(params=["helm4", "helm3"])
def helm(request):
    return request.param


@pytest.fixture
def chart(shop):
    return f"oci://{shop.acme}/charts/nginx"


def test_rendering_without_a_registry_says_what_to_set(client, chart, helm):
    client.sign_in("pull")
    assert "Set image.registry" in client.refused(helm, "template", "web", "--plain-http", chart, *CLUSTER)


def test_a_chart_that_is_not_granted_is_not_there(client, shop, helm):
    client.sign_in("beta")
    said = client.refused(
        helm, "pull", "--plain-http", f"oci://{shop.beta}/charts/nginx", "--version", "0.1.1"
    )
    assert "not found" in said.lower() or "There is no such repository here." in said


@pytest.fixture(params=["path", "host"])
def repository(request, client, shop):
    """Where acme's classic repository is, in both forms of address."""
    return f"http://{shop.acme if request.param == 'path' else shop.acme_host}/charts"


def test_a_classic_repository_is_added_searched_and_pulled_from(client, shop, repository, helm):
    token = ("--username", "token", "--password", shop.secret("pull"))
    client(helm, "repo", "add", "acme", repository, *token)
    version = shop.found["chart"]["version"]
    listed = yaml.safe_load(client(helm, "search", "repo", "acme/", "--output", "yaml"))
    assert {"acme/nginx"} <= {each["name"] for each in listed}
    assert version in {each["version"] for each in listed}
    client(helm, "pull", "acme/nginx", "--version", version)
    values = yaml.safe_load(client(helm, "show", "values", "acme/nginx"))
    assert values["image"]["digest"] == shop.found["nginx"]
    # The same bytes as over OCI.
    client(
        helm, "registry", "login", "--plain-http", "-u", "any", "-p", shop.secret("pull"), shop.portal.host
    )
    over_oci = client.home / "oci"
    over_oci.mkdir()
    client(helm, "pull", "--plain-http", f"oci://{shop.acme}/charts/nginx", "--destination", over_oci)
    archive = f"nginx-{version}.tgz"
    assert (client.home / archive).read_bytes() == (over_oci / archive).read_bytes()
    told = ("--set", f"image.registry={shop.acme}")
    assert f"{shop.acme}/nginx@" in client(helm, "template", "web", "acme/nginx", *CLUSTER, *told)


def test_a_chart_that_was_pushed_is_in_the_classic_repository(client, shop, helm):
    client.sign_in("acme")
    name = f"own-{helm}"
    client(helm, "create", name)
    client(helm, "package", name, "--version", "0.1.0+first")
    client(helm, "push", "--plain-http", f"{name}-0.1.0+first.tgz", f"oci://{shop.acme}/charts")
    token = ("--username", "token", "--password", shop.secret("acme"))
    client(helm, "repo", "add", "acme", f"http://{shop.acme}/charts", *token)
    client(helm, "pull", f"acme/{name}", "--version", "0.1.0+first", "--untar", "--untardir", "back")
    assert (client.home / "back" / name / "Chart.yaml").exists()


def test_a_chart_that_was_imported_is_pulled_as_it_was_packaged(client, shop, helm):
    name = f"taken-{helm}"
    client(helm, "create", name)
    client(helm, "package", name)
    archive = client.home / f"{name}-0.1.0.tgz"
    headers = {"Authorization": f"Bearer {shop.secret('acme')}", "Content-Type": "application/gzip"}
    asked = urllib.request.Request(f"http://{shop.acme}/api/v1/charts/", archive.read_bytes(), headers)
    with urllib.request.urlopen(asked) as answer:
        taken = json.load(answer)
    assert (taken["name"], taken["version"], taken["images"][0]["name"]) == (name, "0.1.0", "nginx")
    client.sign_in("acme")
    pulled = client.home / "pulled"
    pulled.mkdir()
    client(helm, "pull", "--plain-http", taken["reference"], "--version", "0.1.0", "--destination", pulled)
    assert (pulled / archive.name).read_bytes() == archive.read_bytes()
    assert "Deployment" in client(helm, "template", "web", "--plain-http", taken["reference"], *CLUSTER)
    assert "replicaCount" in client(helm, "show", "values", "--plain-http", taken["reference"])


@pytest.mark.parametrize("secret", ["beta", "expired", "revoked"])
def test_a_token_that_opens_nothing_here_adds_no_repository(client, shop, helm, secret):
    token = ("--username", "token", "--password", shop.secret(secret))
    said = client.refused(helm, "repo", "add", "acme", f"http://{shop.acme}/charts", *token)
    assert "401" in said


def test_another_tenants_repository_lists_nothing_of_it(client, shop, helm):
    token = ("--username", "token", "--password", shop.secret("beta"))
    client(helm, "repo", "add", "beta", f"http://{shop.beta}/charts", *token)
    version = shop.found["chart"]["version"]
    assert "not found" in client.refused(helm, "pull", "beta/nginx", "--version", version)
    direct = client.refused(helm, "pull", f"http://{shop.beta}/charts/nginx-{version}.tgz", *token)
    assert "404" in direct


def test_a_signature_goes_with_its_chart_over_oci_and_as_a_classic_repository(client, shop, helm):
    client.sign_in("acme")
    name = f"signed-{helm}"
    client(helm, "create", name)
    client(helm, "package", name)
    signature = client.home / f"{name}-0.1.0.tgz.prov"
    signature.write_text("-----BEGIN PGP SIGNED MESSAGE-----\n")
    client(helm, "push", "--plain-http", f"{name}-0.1.0.tgz", f"oci://{shop.acme}/charts")
    token = ("--username", "token", "--password", shop.secret("acme"))
    client(helm, "repo", "add", "acme", f"http://{shop.acme}/charts", *token)
    for number, chart in enumerate((("acme/" + name,), ("--plain-http", f"oci://{shop.acme}/charts/{name}"))):
        place = client.home / str(number)
        place.mkdir()
        client(helm, "pull", "--prov", *chart, "--version", "0.1.0", "--destination", place)
        assert (place / signature.name).read_bytes() == signature.read_bytes()


def test_a_chart_without_a_pgp_signature_is_not_taken_for_a_signed_one(client, shop, helm):
    token = ("--username", "token", "--password", shop.secret("pull"))
    client(helm, "repo", "add", "acme", f"http://{shop.acme}/charts", *token)
    assert "provenance" in client.refused(helm, "pull", "acme/nginx", "--verify", "--keyring", "none")


@pytest.mark.parametrize("way", ["oci", "classic"])
def test_a_chart_depends_on_ours_by_a_range(client, shop, helm, way):
    client.sign_in("pull")
    token = ("--username", "token", "--password", shop.secret("pull"))
    client(helm, "repo", "add", "acme", f"http://{shop.acme}/charts", *token)
    client(helm, "create", "umbrella")
    places = {"oci": f"oci://{shop.acme}/charts", "classic": "@acme"}
    needs = {"name": "nginx", "version": ">=0.1.0", "repository": places[way], "alias": "web"}
    chart = client.home / "umbrella" / "Chart.yaml"
    chart.write_text(yaml.safe_dump({**yaml.safe_load(chart.read_text()), "dependencies": [needs]}))
    plain = ("--plain-http",) if way == "oci" else ()
    client(helm, "dependency", "update", "umbrella", *plain)
    lock = yaml.safe_load((chart.parent / "Chart.lock").read_text())
    version = shop.found["chart"]["version"]
    assert [(one["name"], one["version"]) for one in lock["dependencies"]] == [("nginx", version)]
    for archive in (chart.parent / "charts").iterdir():
        archive.unlink()
    client(helm, "dependency", "build", "umbrella", *plain)
    assert [one.name for one in (chart.parent / "charts").iterdir()] == [f"nginx-{version}.tgz"]
    told = ("--set", f"web.image.registry={shop.acme}")
    said = client(helm, "template", "my", "umbrella", *CLUSTER, *told)
    assert f"{shop.acme}/nginx@{shop.found['nginx']}" in said


def test_a_new_version_is_found_and_renders_the_new_image(client, shop, helm):
    """From one version to the next: what an upgrade keeps, and what it takes."""
    client.sign_in("pull")
    chart = f"oci://{shop.acme}/charts/nginx"
    old, new = shop.found["before"], shop.found["chart"]
    assert old["version"] != new["version"]
    for each, image in ((old, shop.found["nginx-before"]), (new, shop.found["nginx"])):
        said = client(helm, "show", "values", "--plain-http", chart, "--version", each["version"])
        assert yaml.safe_load(said)["image"]["digest"] == image
    newest = yaml.safe_load(client(helm, "show", "chart", "--plain-http", chart))
    assert newest["version"] == new["version"]


@pytest.mark.parametrize(
    ("told", "said"),
    [("image.tag=latest", "tag"), ("image.digest=latest", "digest"), ("replicas=3", "replicas")],
)
def test_values_that_the_schema_does_not_know_install_nothing(client, shop, helm, told, said):
    client.sign_in("pull")
    words = ("--plain-http", f"oci://{shop.acme}/charts/nginx", *CLUSTER, "--set", told)
    refused = client.refused(helm, "template", "web", *words, "--set", f"image.registry={shop.acme}")
    assert "schema" in refused
    assert said in refused
