"""A grant under another name: on the tenant's host nothing names the platform's repository."""

from __future__ import annotations

import json

import pytest

from registry import grants
from registry.models import Pull
from tests.registry.wire import Wire, descriptor, image, sha256

LAYER = b"layer"
DIGEST = sha256(image(LAYER))


@pytest.fixture
def granted(acme, globex, shelf):
    """The same repository as team/web for acme and as nginx for globex."""
    grants.grant(tenant=acme, repository=shelf.repository, name="team/web")
    grants.grant(tenant=globex, repository=shelf.repository, name="nginx")
    for number in range(3):
        shelf.image(LAYER, f"1.{number}")
    subject = {**descriptor(image(LAYER)), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    shelf.publish(image(b"sbom", subject=subject), b"sbom")
    return shelf.repository


@pytest.mark.parametrize(("host", "prefix"), [("acme.localhost", ""), ("localhost:8000", "acme/")])
def test_every_answer_speaks_the_tenants_name(granted, secret, host, prefix):
    name = f"{prefix}team/web"
    wire = Wire(host).bearer(secret, f"repository:{name}:pull")
    found = [
        wire("GET", f"/v2/{name}/manifests/1.0"),
        wire("GET", f"/v2/{name}/blobs/{sha256(LAYER)}"),
        wire("GET", f"/v2/{name}/tags/list?n=1"),
        wire("GET", f"/v2/{name}/referrers/{DIGEST}"),
        Wire(host)("GET", f"/v2/{name}/manifests/1.0"),
        Wire(host).bearer(secret, "registry:catalog:*")("GET", "/v2/_catalog"),
    ]
    assert [answer.status for answer in found] == [200, 200, 200, 200, 401, 200]
    for answer in found:
        assert granted.name not in json.dumps(answer.headers) + answer.content.decode()
    _, _, tags, referrers, anonymous, catalog = found
    assert tags.json == {"name": name, "tags": ["1.0"]}
    assert tags.headers["link"].startswith(f"</v2/{name}/tags/list?")
    assert len(referrers.json["manifests"]) == 1
    assert f'scope="repository:{name}:pull"' in anonymous.headers["www-authenticate"]
    assert catalog.json["repositories"] == [name]


def test_the_platforms_name_opens_nothing(granted, ours, secret):
    for path in ("manifests/1.0", "tags/list", f"blobs/{sha256(LAYER)}"):
        assert ours("GET", f"/v2/{granted.name}/{path}").code == "NAME_UNKNOWN"
    token = Wire("acme.localhost").bearer(secret, f"repository:{granted.name}:pull")
    assert token("GET", "/v2/team/web/manifests/1.0").status == 401


def test_a_token_for_one_name_is_none_for_the_other_tenants(granted, secret, foreign_secret):
    theirs = Wire("globex.localhost").bearer(foreign_secret, "repository:nginx:pull")
    assert theirs("GET", "/v2/nginx/manifests/1.0").status == 200
    assert theirs("GET", "/v2/team/web/manifests/1.0").status == 401


def test_a_mount_names_its_source_as_the_tenant_does(granted, ours):
    mount = f"/v2/mine/blobs/uploads/?mount={sha256(LAYER)}&from="
    answer = ours("POST", f"{mount}team/web")
    assert (answer.status, answer.headers["location"]) == (201, f"/v2/mine/blobs/{sha256(LAYER)}")
    assert ours("POST", mount + granted.name).status == 202


def test_an_access_tokens_pattern_is_of_the_tenants_names(granted, acme, alice):
    from tenants import tokens

    for pattern, status in (("team/*", 200), ("nginx", 404), (granted.name, 404)):
        _, narrow = tokens.issue(user=alice, tenant=acme, name="n", actions=["pull"], repositories=pattern)
        assert Wire("acme.localhost").as_token(narrow)("GET", "/v2/team/web/manifests/1.0").status == status


def test_renaming_a_grant_moves_it_at_once(granted, acme, ours):
    grants.grant(tenant=acme, repository=granted, name="edge/web")
    assert ours("GET", "/v2/edge/web/manifests/1.0").status == 200
    assert ours("GET", "/v2/team/web/manifests/1.0").code == "NAME_UNKNOWN"


def test_the_pull_is_noted_for_the_tenant(granted, ours, acme):
    ours("GET", "/v2/team/web/manifests/1.0")
    pull = Pull.objects.get()
    assert (pull.tenant, pull.tag, pull.digest) == (acme, "1.0", DIGEST)
