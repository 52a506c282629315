"""skopeo, and umoci and runc on what it fetched."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

SKOPEO = Program("skopeo", "skopeo", "skopeo")
UMOCI = Program("umoci", "umoci", "umoci")
PLAIN, DEST_PLAIN = "--src-tls-verify=false", "--dest-tls-verify=false"


def fetched(client: Client, reference: str) -> Path:
    layout = client.home / "layout"
    client("skopeo", "copy", PLAIN, f"docker://{reference}", f"oci:{layout}:1")
    return layout


def run_in_sandbox(client: Client, bundle: Path, *words: str) -> str:
    """Run an unpacked image with runc; gives what it printed."""
    config = json.loads((bundle / "config.json").read_text())
    config["process"]["terminal"] = False
    config["process"]["args"] += words
    # Neither a network nor the host's limits matter here, and a sandbox in a sandbox may not set them.
    config["linux"].pop("resources", None)
    (bundle / "config.json").write_text(json.dumps(config))
    state = client.home / "runc"
    return client("runc", "--root", state, "run", "--bundle", bundle, f"assay-{client.home.name}"[:60])


@cell(SKOPEO, operation="pull by path")
def _by_path(client: Client, shop: Shop) -> None:
    fetched(client.sign_in("pull"), f"{shop.acme}/adder:1")


@cell(SKOPEO, operation="pull by host")
def _by_host(client: Client, shop: Shop) -> None:
    fetched(client.sign_in("pull"), f"{shop.acme_host}/adder:1")


@cell(SKOPEO, operation="pull by digest")
def _by_digest(client: Client, shop: Shop) -> None:
    fetched(client.sign_in("pull"), f"{shop.acme}/adder@{shop.found['adder']}")


@cell(SKOPEO, operation="inspect, credentials on the command line")
def _inspect(client: Client, shop: Shop) -> None:
    credentials = f"--creds=anyone:{shop.secret('acme')}"
    source = f"docker://{shop.acme}/adder@{shop.found['adder']}"
    found = json.loads(client("skopeo", "inspect", "--tls-verify=false", credentials, source))
    assert found["Digest"] == shop.found["adder"]
    assert {"1", "latest"} <= set(found["RepoTags"])


@cell(SKOPEO, operation="log in")
def _login(client: Client, shop: Shop) -> None:
    words = ("login", "--tls-verify=false", "-u", "anyone", "-p", shop.secret("pull"))
    assert "Login Succeeded" in client("skopeo", *words, shop.portal.host)
    fetched(client, f"{shop.acme}/adder:1")


@cell(SKOPEO, operation="push, same bytes back")
def _push(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"docker://{shop.acme}/skopeo/mirrored:1"
    client("skopeo", "copy", "--all", PLAIN, DEST_PLAIN, f"docker://{shop.acme}/adder:1", own)
    found = client("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", own)
    assert found.strip() == shop.found["adder"]


@cell(SKOPEO, operation="push in Docker's format")
def _push_docker(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"docker://{shop.acme}/skopeo/docker:1"
    client("skopeo", "copy", "--format", "v2s2", PLAIN, DEST_PLAIN, f"docker://{shop.acme}/adder:1", own)
    raw = json.loads(client("skopeo", "inspect", "--raw", "--tls-verify=false", own))
    assert raw["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"


@cell(SKOPEO, operation="list tags, delete")
def _delete(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"docker://{shop.acme}/skopeo/passing"
    for tag in ("1", "2"):
        client("skopeo", "copy", PLAIN, DEST_PLAIN, f"docker://{shop.acme}/adder:1", f"{own}:{tag}")
    assert json.loads(client("skopeo", "list-tags", "--tls-verify=false", own))["Tags"] == ["1", "2"]
    client("skopeo", "delete", "--tls-verify=false", f"{own}:1")
    assert "1" not in json.loads(client("skopeo", "list-tags", "--tls-verify=false", own))["Tags"]


@cell(SKOPEO, operation="pull through TLS on a custom host", is_secure=True)
def _secure(client: Client, shop: Shop) -> None:
    certificates = client.home / "certificates"
    certificates.mkdir()
    assert shop.authority is not None
    (certificates / "ca.crt").write_bytes(shop.authority.read_bytes())
    client.environment.pop("SSL_CERT_FILE")
    client.sign_in("pull")
    reference = f"docker://{shop.acme_host}/adder:1"
    client("skopeo", "copy", "--src-cert-dir", certificates, reference, f"oci:{client.home}/layout:1")
    # The authority is what makes it trusted: without it the same is refused.
    said = client.refused("skopeo", "inspect", reference)
    assert "certificate" in said


@cell(UMOCI, operation="unpack what was pulled; runc runs it")
def _run(client: Client, shop: Shop) -> None:
    layout = fetched(client.sign_in("pull"), f"{shop.acme_host}/adder:1")
    client("umoci", "unpack", "--image", f"{layout}:1", client.home / "bundle")
    assert run_in_sandbox(client, client.home / "bundle", "1000") == "the sum is 500500\n"


@cell(UMOCI, operation="add a layer; skopeo pushes it")
def _insert(client: Client, shop: Shop) -> None:
    layout = fetched(client.sign_in("acme"), f"{shop.acme}/adder:1")
    (client.home / "motd").write_text("hello")
    client("umoci", "insert", "--image", f"{layout}:1", client.home / "motd", "/motd")
    own = f"docker://{shop.acme}/umoci/longer:1"
    client("skopeo", "copy", DEST_PLAIN, f"oci:{layout}:1", own)
    layers = json.loads(client("skopeo", "inspect", "--tls-verify=false", own))["Layers"]
    assert len(layers) == 2
