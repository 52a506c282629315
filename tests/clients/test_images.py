"""Images by the clients people use: what is refused, and what the client then says. What works: `test_interop`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest


@pytest.fixture(params=["path", "host"])
def acme(request, shop):
    """Where acme's names begin, in both forms of address."""
    return shop.acme if request.param == "path" else shop.acme_host


def test_what_is_not_granted_is_not_there(client, shop):
    client.sign_in("beta")
    said = client.refused("crane", "--insecure", "manifest", f"{shop.beta}/adder:1")
    assert "NAME_UNKNOWN" in said
    assert "There is no such repository here." in said
    by_digest = client.refused("crane", "--insecure", "manifest", f"{shop.beta}/adder@{shop.found['adder']}")
    assert "NAME_UNKNOWN" in by_digest
    skopeo = client.refused("skopeo", "inspect", "--tls-verify=false", f"docker://{shop.beta}/adder:1")
    assert "There is no such repository here." in skopeo or "name unknown" in skopeo.lower()


@pytest.mark.parametrize("secret", ["beta", "expired", "revoked"])
def test_a_token_that_opens_nothing_here_is_refused(client, shop, acme, secret):
    client.sign_in(secret)
    said = client.refused("crane", "--insecure", "manifest", f"{acme}/adder:1")
    assert "UNAUTHORIZED" in said
    skopeo = client.refused("skopeo", "inspect", "--tls-verify=false", f"docker://{acme}/adder:1")
    assert "unauthorized" in skopeo.lower() or "authentication required" in skopeo.lower()


def test_a_token_for_pulling_does_not_push(client, shop):
    client.sign_in("pull")
    said = client.refused("crane", "--insecure", "copy", f"{shop.acme}/adder:1", f"{shop.acme}/pull/only:1")
    assert "UNAUTHORIZED" in said or "DENIED" in said


def test_nobody_replaces_what_the_platform_published(client, shop):
    client.sign_in("acme")
    said = client.refused("crane", "--insecure", "tag", f"{shop.acme}/adder:1", "mine")
    assert "DENIED" in said
    assert "choose another name" in said


def test_someone_without_a_token_is_told_where_to_get_one(client, shop):
    assert "UNAUTHORIZED" in client.refused("crane", "--insecure", "manifest", f"{shop.acme}/adder:1")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{shop.portal.host}/v2/acme/adder/manifests/1")
    assert refused.value.code == 401
    assert refused.value.headers["WWW-Authenticate"] == (
        f'Bearer realm="http://{shop.portal.host}/auth/token",service="{shop.portal.host}"'
        ',scope="repository:acme/adder:pull"'
    )
    assert json.load(refused.value)["errors"][0]["code"] == "UNAUTHORIZED"
