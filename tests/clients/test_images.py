"""Images by the clients people use: pulled by path and by host, run, pushed, and refused."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

PLAIN = "--src-tls-verify=false"


@pytest.fixture(params=["path", "host"])
def acme(request, shop):
    """Where acme's names begin, in both forms of address."""
    return shop.acme if request.param == "path" else shop.acme_host


def run_in_sandbox(client, bundle, *words):
    """Run an unpacked image with runc; gives what it printed."""
    config = json.loads((bundle / "config.json").read_text())
    config["process"]["terminal"] = False
    config["process"]["args"] += words
    # Neither a network nor the host's limits matter here, and a sandbox in a sandbox may not set them.
    config["linux"].pop("resources", None)
    (bundle / "config.json").write_text(json.dumps(config))
    state = client.home / "runc"
    return client("runc", "--root", state, "run", "--bundle", bundle, f"assay-{client.home.name}"[:60])


def test_skopeo_pulls_umoci_unpacks_and_runc_runs(client, shop, acme):
    client.sign_in("pull")
    layout = client.home / "layout"
    client("skopeo", "copy", PLAIN, f"docker://{acme}/adder:1", f"oci:{layout}:1")
    client("umoci", "unpack", "--image", f"{layout}:1", client.home / "bundle")
    assert run_in_sandbox(client, client.home / "bundle", "1000") == "the sum is 500500\n"


def test_skopeo_takes_credentials_on_the_command_line(client, shop):
    source = f"docker://{shop.acme}/adder@{shop.found['adder']}"
    credentials = f"--creds=anyone:{shop.secret('acme')}"
    found = json.loads(client("skopeo", "inspect", "--tls-verify=false", credentials, source))
    assert found["Digest"] == shop.found["adder"]
    assert {"1", "latest"} <= set(found["RepoTags"])


def test_skopeo_pushes_and_gets_the_same_bytes_back(client, shop):
    client.sign_in("acme")
    own = f"docker://{shop.acme}/team/mirrored:1"
    client("skopeo", "copy", "--all", PLAIN, "--dest-tls-verify=false", f"docker://{shop.acme}/adder:1", own)
    found = client("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", own)
    assert found.strip() == shop.found["adder"]


def test_crane_pulls_copies_lists_and_deletes(client, shop, acme):
    client.sign_in("acme")
    crane = ("crane", "--insecure")
    assert client(*crane, "digest", f"{acme}/adder:1").strip() == shop.found["adder"]
    client(*crane, "validate", "--remote", f"{acme}/adder:1")
    own = f"{acme}/crane/copied"
    client(*crane, "copy", f"{acme}/adder:1", f"{own}:1")
    client(*crane, "tag", f"{own}:1", "2")
    assert client(*crane, "ls", own).split() == ["1", "2"]
    assert "crane/copied" in client(*crane, "catalog", acme.partition("/")[0])
    client(*crane, "delete", f"{own}@{shop.found['adder']}")
    assert "MANIFEST_UNKNOWN" in client.refused(*crane, "manifest", f"{own}:1")


def test_oras_discovers_pulls_attaches_and_resolves(client, shop, acme):
    client.sign_in("acme")
    platform = f"{acme}/adder"
    found = json.loads(
        client("oras", "discover", "--plain-http", "--format", "json", f"{platform}@{shop.found['adder']}")
    )
    listed = found.get("referrers") or found["manifests"]
    assert [one["digest"] for one in listed] == [shop.found["note"]]
    (client.home / "note.txt").write_text("checked")
    own = f"{acme}/oras/noted"
    client("oras", "push", "--plain-http", f"{own}:1", "note.txt:text/plain")
    client("oras", "attach", "--plain-http", "--artifact-type", "example/check", f"{own}:1", "note.txt")
    assert "example/check" in client("oras", "discover", "--plain-http", f"{own}:1")
    assert client("oras", "resolve", "--plain-http", f"{own}:1").startswith("sha256:")
    client("oras", "pull", "--plain-http", "--output", "back", f"{own}:1")
    assert (client.home / "back" / "note.txt").read_text() == "checked"


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
    assert "push under another name" in said


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
