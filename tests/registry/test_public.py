"""Pulls by nobody: of what the tenant or the platform made public, with a token and without."""

from __future__ import annotations

import pytest

from registry import grants
from registry.models import Repository
from tests.registry.wire import Wire, image, sha256

LAYER = b"layer"


@pytest.fixture
def public(ours, acme, shelf):
    """acme's own `open` and the platform's `nginx`, both public; and one of each that is not."""
    ours.image("open", "1", LAYER)
    ours.image("closed", "1", LAYER)
    grants.grant(tenant=acme, repository=shelf.repository, name="nginx")
    shelf.image(LAYER, "1")
    hidden = Repository.objects.create(name="paid")
    grants.grant(tenant=acme, repository=hidden, name="paid")
    Repository.objects.filter(pk__in=[shelf.repository.pk]).update(is_public=True)
    Repository.objects.filter(name="open").update(is_public=True)


@pytest.mark.parametrize("name", ["open", "nginx"])
@pytest.mark.parametrize(("host", "prefix"), [("acme.localhost", ""), ("localhost:8000", "acme/")])
def test_anyone_pulls_what_is_public(public, name, host, prefix):
    name = prefix + name
    challenged = Wire(host)("GET", "/v2/")
    assert (
        challenged.headers["www-authenticate"] == f'Bearer realm="http://{host}/auth/token",service="{host}"'
    )
    given = Wire(host)("GET", f"/auth/token?service={host}&scope=repository:{name}:pull").json
    for wire in (Wire(host), Wire(host, f"Bearer {given['token']}")):
        for path in (
            "manifests/1", "tags/list", f"blobs/{sha256(LAYER)}", f"referrers/{sha256(image(LAYER))}"
        ):  # fmt: skip
            assert wire("GET", f"/v2/{name}/{path}").status == 200
        assert wire("POST", f"/v2/{name}/blobs/uploads/").status == 401
        assert wire("DELETE", f"/v2/{name}/manifests/1").status == 401


@pytest.mark.parametrize("name", ["closed", "paid", "none"])
def test_what_is_not_public_is_one_answer(public, name):
    answer = Wire("acme.localhost")("GET", f"/v2/{name}/manifests/1")
    assert answer.status == 401
    assert Wire("acme.localhost")("GET", f"/auth/token?scope=repository:{name}:pull").json["scope"] == ""


def test_a_public_image_of_the_platform_is_public_only_where_it_is_granted(public, globex):
    assert Wire("globex.localhost")("GET", "/v2/nginx/manifests/1").status == 401
    assert Wire("globex.localhost")("GET", "/v2/platform-nginx/manifests/1").status == 401


def test_a_rule_holds_for_nobody_too(public, acme, shelf):
    grants.grant(tenant=acme, repository=shelf.repository, name="nginx", tag_patterns=["2*"])
    assert Wire("acme.localhost")("GET", "/v2/nginx/manifests/1").status == 404
    assert Wire("acme.localhost")("GET", f"/v2/nginx/blobs/{sha256(LAYER)}").status == 404


def test_a_token_without_a_scope_opens_what_is_public_no_further(public):
    given = Wire("acme.localhost")("GET", "/auth/token").json
    assert given["scope"] == ""
    anyone = Wire("acme.localhost", f"Bearer {given['token']}")
    assert anyone("GET", "/v2/").status == 200
    answer = anyone("GET", "/v2/open/manifests/1")
    assert answer.status == 401
    assert 'scope="repository:open:pull",error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_token_that_is_none_is_named_as_such(public):
    answer = Wire("acme.localhost", "Bearer a.b.c")("GET", "/v2/open/manifests/1")
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')
