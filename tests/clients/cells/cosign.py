"""cosign of three generations: the platform's signature, and a tenant's own. No transparency log takes part."""

from __future__ import annotations

import json
import urllib.request

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

COSIGN3 = Program("cosign 3", "cosign3")
COSIGN26 = Program("cosign 2.6", "cosign26", is_extra=True)
COSIGN24 = Program("cosign 2.4", "cosign24", is_extra=True)
ALL = (COSIGN3, COSIGN26, COSIGN24)
PLAIN = ("--allow-insecure-registry", "--allow-http-registry")
#: cosign 3 takes its services from a file that it would fetch, unless it is told to take none.
ALONE = {"cosign3": ("--use-signing-config=false",)}


def platform_keys(client: Client, shop: Shop, cosign: str) -> tuple[str, ...]:
    """Fetch what the portal serves for verifying; gives the words that name it."""
    begin = f"http://{shop.portal.host}/.well-known/signing"
    for name in ("cosign.pub", "trusted_root.json"):
        with urllib.request.urlopen(f"{begin}/{name}") as served:
            (client.home / name).write_bytes(served.read())
    # Of the three only cosign 2.6 asks for a root of trust beside the key, and would fetch another one.
    root = ("--trusted-root", "trusted_root.json") if cosign == "cosign26" else ()
    return ("--key", "cosign.pub", *root, "--insecure-ignore-tlog=true")


def verify(client: Client, cosign: str, reference: str, *words: str, key: str = "cosign.pub") -> str:
    check = ("--key", key, "--insecure-ignore-tlog=true", *PLAIN)
    return client(cosign, *(words or ("verify",)), *check, reference)


def own_image(client: Client, shop: Shop, cosign: str) -> str:
    """A copy in a repository of acme's, and a key pair of acme's; gives the copy by digest."""
    client.sign_in("acme")
    client.environment["COSIGN_PASSWORD"] = "a password"
    client(cosign, "generate-key-pair")
    own = f"{shop.acme}/{cosign}/own"
    client("crane", "--insecure", "copy", f"{shop.acme}/adder:1", f"{own}:1")
    return f"{own}@{shop.found['adder']}"


@cell(*ALL, operation="verify the platform's signature")
def _platform(client: Client, shop: Shop, cosign: str) -> None:
    client.sign_in("pull")
    keys = platform_keys(client, shop, cosign)
    for acme in (shop.acme, shop.acme_host):
        assert shop.found["adder"] in client(cosign, "verify", *keys, *PLAIN, f"{acme}/adder:1")


@cell(*ALL, operation="verify the platform's signature of a chart")
def _chart(client: Client, shop: Shop, cosign: str) -> None:
    client.sign_in("pull")
    keys = platform_keys(client, shop, cosign)
    digest = shop.found["chart"]["digest"]
    for reference in (f"@{digest}", f":{shop.found['chart']['version']}"):
        chart = f"{shop.acme}/charts/nginx{reference}"
        assert digest in client(cosign, "verify", *keys, *PLAIN, chart)


@cell(*ALL, operation="sign an image of its own, verify it")
def _sign(client: Client, shop: Shop, cosign: str) -> None:
    own = own_image(client, shop, cosign)
    words = ("--key", "cosign.key", "--yes", "--tlog-upload=false", *ALONE.get(cosign, ()), *PLAIN)
    client(cosign, "sign", *words, own)
    assert shop.found["adder"] in verify(client, cosign, own)
    (client.home / "key.pub").write_text(shop.found["key"])
    client.refused(cosign, "verify", "--key", "key.pub", "--insecure-ignore-tlog=true", *PLAIN, own)


@cell(*ALL, operation="attest, verify the attestation")
def _attest(client: Client, shop: Shop, cosign: str) -> None:
    own = own_image(client, shop, cosign)
    (client.home / "predicate.json").write_text(json.dumps({"checked": True}))
    words = ("--key", "cosign.key", "--yes", "--tlog-upload=false", *ALONE.get(cosign, ()), *PLAIN)
    kind = ("--type", "https://example.com/check/v1")
    client(cosign, "attest", *words, *kind, "--predicate", "predicate.json", own)
    verify(client, cosign, own, "verify-attestation", *kind)


@cell(*ALL, operation="show what belongs to an image")
def _tree(client: Client, shop: Shop, cosign: str) -> None:
    client.sign_in("pull")
    said = client(cosign, "tree", *PLAIN, f"{shop.acme}/adder:1")
    assert shop.found["adder"].partition(":")[2] in said or "Signatures" in said


@cell(*ALL, operation="verify through TLS on a custom host", is_secure=True)
def _secure(client: Client, shop: Shop, cosign: str) -> None:
    client.sign_in("pull")
    keys = platform_keys(client, shop, cosign)
    assert shop.found["adder"] in client(cosign, "verify", *keys, f"{shop.acme_host}/adder:1")
