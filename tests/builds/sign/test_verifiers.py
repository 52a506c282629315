"""Strangers' verifiers accept what we sign, from a registry over HTTP, and refuse the wrong key."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import httpx2
import pytest

from builds.attest import scan, testresult
from builds.sign import sign
from builds.signing.key import FileKey
from tenants import tokens
from tests.builds.trust import client, give, need, program

SCRIPT = Path(__file__).parent / "verify_bundle.js"
NODE_MODULES = Path.home() / ".cache/assay/clients/sigstore-verify/node_modules"


@pytest.fixture
def released(portal, built, stream, acme, alice, tmp_path):
    """A signed release that alice may pull: its reference, the served key, a key of someone else."""
    build = built()
    sign(build_id=build.id)
    give(stream, acme)
    _, secret = tokens.issue(user=alice, tenant=acme, name="verifier", actions=["pull"])
    auth = base64.b64encode(f"alice:{secret}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {portal: {"auth": auth}}}))
    served = httpx2.get(f"http://{portal}/.well-known/signing/cosign.pub")
    assert served.status_code == 200
    (tmp_path / "cosign.pub").write_bytes(served.content)
    (tmp_path / "wrong.pub").write_bytes(FileKey.generate().public_key.pem)
    return {"reference": f"{portal}/acme/python", "build": build, "folder": tmp_path, "secret": secret}


def cosign(released, *arguments, key="cosign.pub"):
    folder = released["folder"]
    return subprocess.run(
        [client("cosign3"), *arguments, "--key", str(folder / key),
         "--insecure-ignore-tlog=true", "--allow-http-registry", f"{released['reference']}@{digest_of(released)}"],
        env={"DOCKER_CONFIG": str(folder), "HOME": str(folder), "PATH": "/usr/bin"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def digest_of(released):
    return released.get("digest") or released["build"].digest


@pytest.mark.parametrize("of", ["index", "platform"])
def test_cosign_accepts_the_signature_with_the_key_the_host_serves(released, of):
    if of == "platform":
        released["digest"] = released["build"].result["platforms"]["amd64"]["digest"]
    found = cosign(released, "verify")
    assert found.returncode == 0, found.stderr
    assert digest_of(released) in found.stdout


def test_cosign_refuses_another_key(released):
    found = cosign(released, "verify", key="wrong.pub")
    assert found.returncode != 0


@pytest.mark.parametrize(
    "kind", ["slsaprovenance1", "spdxjson", testresult.PREDICATE_TYPE, scan.PREDICATE_TYPE]
)
def test_cosign_accepts_each_attestation(released, kind):
    found = cosign(released, "verify-attestation", "--type", kind)
    assert found.returncode == 0, found.stderr
    wrong = cosign(released, "verify-attestation", "--type", kind, key="wrong.pub")
    assert wrong.returncode != 0


def test_cosign_accepts_the_older_form_where_no_bundle_is(released, stream):
    from registry.models import RepositoryManifest

    bundles = RepositoryManifest.objects.filter(manifest__artifact_type__contains="sigstore.bundle")
    assert bundles.count() == 10
    bundles.delete()
    for arguments in (["verify"], ["verify-attestation", "--type", "slsaprovenance1"]):
        found = cosign(released, *arguments)
        assert found.returncode == 0, found.stderr
        assert cosign(released, *arguments, key="wrong.pub").returncode != 0


def test_sigstore_verify_of_npm_accepts_every_bundle_and_refuses_another_key(released, portal):
    need(NODE_MODULES / "@sigstore" / "verify", "npm's @sigstore/verify (see make clients)")
    checked = 0
    for digest in (released["build"].digest, released["build"].result["platforms"]["amd64"]["digest"]):
        for entry in referrers(released, portal, digest):
            bundle = released["folder"] / f"{checked}.json"
            bundle.write_bytes(entry)
            assert verify(bundle, released["folder"] / "cosign.pub") == "verified"
            assert verify(bundle, released["folder"] / "wrong.pub") != "verified"
            checked += 1
    assert checked == 10


def test_sigstore_verify_of_npm_refuses_a_changed_payload(released, portal):
    need(NODE_MODULES / "@sigstore" / "verify", "npm's @sigstore/verify (see make clients)")
    bundle = json.loads(referrers(released, portal, released["build"].digest)[0])
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    changed = payload.replace(b"sha256", b"sha512", 1)
    assert changed != payload
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(changed).decode()
    path = released["folder"] / "changed.json"
    path.write_text(json.dumps(bundle))
    assert verify(path, released["folder"] / "cosign.pub") != "verified"


def referrers(released, portal, digest):
    """The bytes of every bundle that refers to a digest, as any client gets them."""
    auth = ("alice", released["secret"])
    base = f"http://{portal}/v2/acme/python"
    index = httpx2.get(f"{base}/referrers/{digest}", auth=auth).json()
    bundles = [one for one in index["manifests"] if one["artifactType"].endswith("bundle.v0.3+json")]
    found = []
    for one in bundles:
        manifest = httpx2.get(
            f"{base}/manifests/{one['digest']}", auth=auth, headers={"Accept": "*/*"}
        ).json()
        found.append(httpx2.get(f"{base}/blobs/{manifest['layers'][0]['digest']}", auth=auth).content)
    return found


def verify(bundle, key):
    done = subprocess.run(
        [program("node"), str(SCRIPT), str(bundle), str(key)],
        env={"NODE_PATH": str(NODE_MODULES), "PATH": "/usr/bin"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout.strip()


def test_openssl_accepts_the_simple_signature(released, portal):
    openssl = program("openssl")
    tag = released["build"].digest.replace(":", "-") + ".sig"
    auth = ("alice", released["secret"])
    base = f"http://{portal}/v2/acme/python"
    manifest = httpx2.get(f"{base}/manifests/{tag}", auth=auth, headers={"Accept": "*/*"}).json()
    [layer] = manifest["layers"]
    folder = released["folder"]
    (folder / "payload").write_bytes(httpx2.get(f"{base}/blobs/{layer['digest']}", auth=auth).content)
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"])
    (folder / "signature").write_bytes(signature)
    for key, is_good in (("cosign.pub", True), ("wrong.pub", False)):
        done = subprocess.run(
            [openssl, "dgst", "-sha256", "-verify", folder / key, "-signature", folder / "signature", folder / "payload"],
            capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is is_good
