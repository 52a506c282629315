"""Clients whose layers come from the object store itself, by redirect, and go there."""

from __future__ import annotations

import json

from tests.clients.shop import Client, open_shop
from tests.servers.objects import object_server


def test_clients_pull_by_redirect_and_push_to_the_object_store(tmp_path):
    with object_server(tmp_path / "objects.log") as store:
        # crane follows no redirect to a private address, unless it is the host it asked.
        endpoint = store.address.replace("127.0.0.1", "localhost")
        settings = {**store.environ, "AWS_ENDPOINT_URL": endpoint, "ASSAY_BLOB_SERVING": "redirect"}
        with open_shop(**settings) as shop:
            client = Client(tmp_path, shop).sign_in("acme")
            image = f"{shop.acme}/adder:1"
            manifest = json.loads(
                client("crane", "--insecure", "manifest", "--platform", "linux/amd64", image)
            )
            layer = manifest["layers"][0]["digest"]
            client("crane", "--insecure", "pull", "--format=oci", image, "crane")
            client("skopeo", "copy", "--all", "--src-tls-verify=false", f"docker://{image}", "oci:skopeo:1")
            # The registry itself sends no byte of it.
            address = f"http://{shop.portal.host}/v2/acme/adder/blobs/{layer}"
            basic = f"Authorization: {shop.portal.basic('acme')}"
            said = client(
                "curl", "-s", "-o", "answer", "-w", "%{http_code} %{redirect_url}", "-H", basic, address
            )
            assert said.startswith(f"307 {endpoint}/")
            assert (tmp_path / "answer").stat().st_size == 0
            for folder in ("crane", "skopeo"):
                kept = tmp_path / folder / "blobs" / "sha256" / layer.removeprefix("sha256:")
                assert kept.stat().st_size == manifest["layers"][0]["size"]
            before = set(store.keys())
            other = f"docker://{shop.acme}/copied/adder:1"
            client("skopeo", "copy", "--all", "--dest-tls-verify=false", "oci:skopeo:1", other)
            client("skopeo", "copy", "--all", "--src-tls-verify=false", other, "oci:again:1")
            assert set(store.keys()) == before  # the same bytes once
            assert not list((shop.portal.var / "storage" / "uploads").iterdir())
