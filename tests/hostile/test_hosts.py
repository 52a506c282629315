"""Hostile input 8: the Host header, through a real server. It alone chooses the tenant, and never by halves."""

from __future__ import annotations

import pytest

from tests.registry.wire import image, sha256

pytestmark = pytest.mark.xdist_group("hostile-portal")

PULL = "GET /v2/app/manifests/hosts"
MANIFEST = "Content-Type: application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module", autouse=True)
def _pushed(portal):
    """An image that acme has and beta has not."""
    import httpx2

    with httpx2.Client(
        base_url=f"http://{portal.host}", headers={"Authorization": portal.basic("acme")}
    ) as http:
        for blob in (b"{}", b"layer"):
            http.post(f"/v2/acme/app/blobs/uploads/?digest={sha256(blob)}", content=blob)
        headers = {"Content-Type": MANIFEST.partition(": ")[2]}
        assert http.put("/v2/acme/app/manifests/hosts", content=image(), headers=headers).status_code == 201


@pytest.mark.parametrize("form", ["{}", "ACME.localhost", "acme.localhost.", "acme.localhost:8443", "  {}  "])
def test_a_tenants_host_in_any_spelling_is_that_tenant(knock, portal, form):
    said = knock(PULL, hosts=(form.format(portal.host_of("acme")),))
    assert said.status == 200
    assert said.content.endswith(image())


@pytest.mark.parametrize("order", [1, -1], ids=["ours first", "theirs first"])
def test_two_hosts_are_no_host(knock, portal, order):
    pair = (portal.host_of("acme"), portal.host_of("beta"))[::order]
    assert knock(PULL, hosts=pair).status in (400, 421)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "unknown.example",
        "acme.localhost.evil.example",
        "xn--acm-dma.localhost",
        "acm\xe9.localhost",
        "acme.localhost..",
        "acme.localhost,beta.localhost",
        "acme.localhost@beta.localhost",
        "beta.localhost#acme.localhost",
        "acme.localhost:@evil.example",
        "acme.localhost:80:80",
        "acme.localhost:word",
        'acme.localhost:1"',
        "acme.localhost/",
        "acme.localhost%00",
        "*.localhost",
        "a" * 5000,
    ],
)
def test_a_host_that_is_nobodys_never_falls_back_to_a_tenant(knock, host):
    said = knock(PULL, hosts=(host,))
    assert said.status in (400, 421)
    assert b"schemaVersion" not in said.content


def test_no_host_at_all_is_no_tenant(knock):
    assert knock(PULL, hosts=()).status in (400, 421)


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "Forwarded",
        "X-Host",
        "X-Original-Host",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X_Host",
    ],
)
def test_a_header_that_claims_another_host_changes_nothing(knock, portal, name):
    beta = portal.host_of("beta")
    claim = f"{name}: host={beta}" if name == "Forwarded" else f"{name}: {beta}"
    assert knock(PULL, claim).status == 200
    # And the other way round: acme's image is not to be had on beta's host by naming acme's.
    claim = claim.replace("beta.", "acme.")
    assert knock(PULL, claim, hosts=(beta,)).status == 404


def test_an_address_in_a_proxys_form_does_not_override_the_host_header(knock, portal):
    acme, beta = portal.host_of("acme"), portal.host_of("beta")
    assert knock(f"GET http://{acme}/v2/app/manifests/hosts", hosts=(beta,)).status == 404


def test_the_realm_is_the_host_that_was_asked_and_cannot_be_broken_out_of(portal, knock):
    from tests.hostile.sockets import request, send

    said = send(portal.port, request("GET /v2/ HTTP/1.1", f"Host: {portal.host_of('acme')}"))
    assert said.status == 401
    assert f'realm="http://{portal.host_of("acme")}/auth/token"'.encode() in said.content
