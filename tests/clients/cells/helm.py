"""helm 3 and 4: the platform's chart, and a tenant's own."""

from __future__ import annotations

import tarfile

import yaml

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

HELM4 = Program("helm 4", "helm4")
HELM3 = Program("helm 3", "helm3", is_extra=True)
PLAIN = "--plain-http"


@cell(HELM4, HELM3, operation="log in, pull the platform's chart")
def _pull(client: Client, shop: Shop, helm: str) -> None:
    login = ("registry", "login", PLAIN, "-u", "anyone", "-p", shop.secret("pull"))
    client(helm, *login, shop.portal.host)
    client(helm, "pull", PLAIN, f"oci://{shop.acme}/charts/nginx")
    version = shop.found["chart"]["version"]
    with tarfile.open(client.home / f"nginx-{version}.tgz") as archive:
        file = archive.extractfile("nginx/Chart.yaml")
        assert file is not None
        said = yaml.safe_load(file)
    assert (said["name"], said["version"]) == ("nginx", version)


@cell(HELM4, HELM3, operation="show and render it, its image pinned by digest")
def _render(client: Client, shop: Shop, helm: str) -> None:
    client.sign_in("pull")
    chart = f"oci://{shop.acme_host}/charts/nginx"
    values = yaml.safe_load(client(helm, "show", "values", PLAIN, chart))
    assert values["image"]["digest"] == shop.found["nginx"]
    told = ("--set", f"image.registry={shop.acme}", "--set", "replicaCount=1")
    rendered = list(
        yaml.safe_load_all(client(helm, "template", "web", PLAIN, chart, *told, "--kube-version", "1.31"))
    )
    deployment = next(one for one in rendered if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{shop.acme}/nginx@{shop.found['nginx']}"
    # What the chart deploys is what its reader may pull.
    assert client("crane", "--insecure", "digest", container["image"]).strip() == shop.found["nginx"]


@cell(HELM4, HELM3, operation="push a chart of its own, pull it back")
def _push(client: Client, shop: Shop, helm: str) -> None:
    client.sign_in("acme")
    client(helm, "create", "shop")
    client(helm, "package", "shop")
    own = f"oci://{shop.acme}/{helm}-charts"
    client(helm, "push", PLAIN, "shop-0.1.0.tgz", own)
    said = yaml.safe_load(client(helm, "show", "chart", PLAIN, f"{own}/shop", "--version", "0.1.0"))
    assert said["name"] == "shop"
    client(helm, "pull", PLAIN, f"{own}/shop", "--version", ">=0.1.0", "--untar", "--untardir", "back")
    assert (client.home / "back" / "shop" / "Chart.yaml").exists()


@cell(HELM4, HELM3, operation="pull through TLS on a custom host", is_secure=True)
def _secure(client: Client, shop: Shop, helm: str) -> None:
    client.sign_in("pull")
    client(helm, "pull", f"oci://{shop.acme_host}/charts/nginx")
    assert list(client.home.glob("nginx-*.tgz"))
