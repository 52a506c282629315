"""The free tier with real clients that never signed in: pull, verify, read the bill of materials."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.cells.cosign import PLAIN
from tests.clients.shop import Client, Shop
from tests.conformance.server import Portal


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Portal() as portal:
        yield Shop(portal, portal.call("tests.clients.stock:open_to_everyone"))
        assert "Fault while answering" not in portal.log, portal.log


@pytest.fixture
def client(tmp_path: Path, shop: Shop) -> Client:
    return Client(tmp_path, shop)


def names(shop: Shop) -> tuple[str, str]:
    """The image below the portal's host, and at a host of its own."""
    return f"{shop.portal.host}/free/gratis", f"{shop.portal.host_of('free')}/gratis"


def test_skopeo_pulls_the_latest_by_either_name(client, shop):
    for place, name in enumerate(names(shop)):
        client(
            "skopeo", "copy", "--all", "--src-tls-verify=false", f"docker://{name}:latest", f"oci:it{place}:1"
        )
        index = json.loads((client.home / f"it{place}" / "index.json").read_text())
        assert index["manifests"][0]["digest"] == shop.found["latest"]


def test_nothing_older_and_no_other_tenants_images_are_pulled(client, shop):
    name, _ = names(shop)
    for refused in (
        f"{name}@{shop.found['older']}",
        f"{name}:3.13",
        f"{shop.portal.host}/acme/gratis:latest",
    ):
        client.refused("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{refused}")


def test_cosign_verifies_the_signature_with_the_key_that_is_served(client, shop):
    name, _ = names(shop)
    with urllib.request.urlopen(f"http://{shop.portal.host}/free/.well-known/signing/cosign.pub") as served:
        (client.home / "cosign.pub").write_bytes(served.read())
    check = ("--key", "cosign.pub", "--insecure-ignore-tlog=true", *PLAIN)
    assert shop.found["latest"] in client("cosign3", "verify", *check, f"{name}:latest")


def test_the_bill_of_materials_is_found_and_read(client, shop):
    name, _ = names(shop)
    said = client("oras", "discover", "--plain-http", "--format=json", f"{name}:latest")
    found = json.loads(said)
    listed = found.get("referrers") or found.get("manifests")
    document = next(one for one in listed if one["artifactType"] == "application/spdx+json")
    manifest = json.loads(client("oras", "manifest", "fetch", "--plain-http", f"{name}@{document['digest']}"))
    blob = f"{name}@{manifest['layers'][0]['digest']}"
    assert client("oras", "blob", "fetch", "--plain-http", "--output=-", blob) == shop.found["sbom"]
    page = f"http://{shop.portal.host}/free/images/gratis/evidence/sbom/{shop.found['latest']}"
    with urllib.request.urlopen(page) as served:
        assert served.read().decode() == shop.found["sbom"]


@pytest.mark.parametrize("helm", ["helm4", "helm3"])
def test_helm_pulls_a_chart_in_both_ways(client, shop, helm):
    client(helm, "repo", "add", "free", f"http://{shop.portal.host}/free/charts")
    assert "free/nginx" in client(helm, "search", "repo", "free/")
    client(helm, "pull", "free/nginx")
    (classic,) = client.home.glob("nginx-*.tgz")
    content = classic.read_bytes()
    classic.unlink()
    client(helm, "pull", "--plain-http", f"oci://{shop.portal.host}/free/charts/nginx")
    assert classic.read_bytes() == content
