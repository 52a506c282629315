"""crane, of go-containerregistry, whose library most Kubernetes tools use."""

from __future__ import annotations

import json
import tarfile

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

CRANE = Program("crane", "crane")
PLAIN = ("crane", "--insecure")


@cell(CRANE, operation="pull and validate by path and host")
def _pull(client: Client, shop: Shop) -> None:
    client.sign_in("pull")
    for acme in (shop.acme, shop.acme_host):
        assert client(*PLAIN, "digest", f"{acme}/adder:1").strip() == shop.found["adder"]
        client(*PLAIN, "validate", "--remote", f"{acme}/adder:1")
    client(*PLAIN, "pull", "--format", "oci", f"{shop.acme}/adder:1", "layout")
    assert json.loads((client.home / "layout" / "oci-layout").read_text())["imageLayoutVersion"] == "1.0.0"


@cell(CRANE, operation="export a file system")
def _export(client: Client, shop: Shop) -> None:
    client.sign_in("pull")
    client(*PLAIN, "export", f"{shop.acme}/adder:1", "files.tar")
    with tarfile.open(client.home / "files.tar") as files:
        assert files.getnames() == ["adder"]


@cell(CRANE, operation="copy by mounting, tag, list, delete")
def _copy(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"{shop.acme_host}/crane/copied"
    said = client.run(*PLAIN, "copy", f"{shop.acme_host}/adder:1", f"{own}:1")
    assert said.returncode == 0, said.stderr
    assert "mounted blob" in said.stderr
    client(*PLAIN, "tag", f"{own}:1", "2")
    assert client(*PLAIN, "ls", own).split() == ["1", "2"]
    assert "crane/copied" in client(*PLAIN, "catalog", shop.acme_host)
    client(*PLAIN, "delete", f"{own}@{shop.found['adder']}")
    assert "MANIFEST_UNKNOWN" in client.refused(*PLAIN, "manifest", f"{own}:1")


@cell(CRANE, operation="append a layer, mutate, flatten")
def _append(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    (client.home / "note.txt").write_text("noted")
    with tarfile.open(client.home / "layer.tar", "w") as layer:
        layer.add(client.home / "note.txt", "note.txt")
    own = f"{shop.acme}/crane/appended"
    platform = ("--platform", "linux/amd64")
    client(*PLAIN, *platform, "append", "--base", f"{shop.acme}/adder:1", "-f", "layer.tar", "-t", f"{own}:1")
    client(*PLAIN, "mutate", f"{own}:1", "--label", "a=b", "-t", f"{own}:2")
    assert json.loads(client(*PLAIN, "config", f"{own}:2"))["config"]["Labels"] == {"a": "b"}
    client(*PLAIN, "flatten", f"{own}:2", "-t", f"{own}:3")
    client(*PLAIN, "validate", "--remote", f"{own}:3")


@cell(CRANE, operation="pull through TLS on a custom host", is_secure=True)
def _secure(client: Client, shop: Shop) -> None:
    client.sign_in("pull")
    client("crane", "validate", "--remote", f"{shop.acme_host}/adder:1")
    client.environment.pop("SSL_CERT_FILE")
    assert "certificate" in client.refused("crane", "digest", f"{shop.acme_host}/adder:1")


@cell(CRANE, operation="push through TLS on a custom host", is_secure=True)
def _secure_push(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"{shop.acme_host}/crane/secure:1"
    client("crane", "pull", "--format", "oci", f"{shop.acme_host}/adder:1", "layout")
    client("crane", "push", "--index", "layout", own)
    client("crane", "validate", "--remote", own)
