"""The tenant wall: what another tenant has cannot be told from what nobody has."""

from __future__ import annotations

import json

import pytest

from registry import media
from registry.models import RepositoryBlob
from tenants import tokens
from tests.registry.wire import Wire, descriptor, image, sha256

ABSENT = "sha256:" + "0" * 64


def test_a_blob_of_another_tenant_looks_like_none(ours, theirs):
    theirs.image("app", "1", b"their secret layer")
    ours.image("app", "1", b"our layer")
    foreign = ours("GET", f"/v2/app/blobs/{sha256(b'their secret layer')}")
    absent = ours("GET", f"/v2/app/blobs/{ABSENT}")
    assert (foreign.status, foreign.content) == (absent.status, absent.content) == (404, foreign.content)
    assert foreign.code == "BLOB_UNKNOWN"
    assert theirs("GET", f"/v2/app/blobs/{sha256(b'their secret layer')}").content == b"their secret layer"


def test_a_digest_of_a_sister_repository_is_not_served(ours):
    ours.image("one", "1", b"only in one")
    ours.image("two", "1", b"other")
    assert ours("HEAD", f"/v2/two/blobs/{sha256(b'only in one')}").status == 404
    assert ours("GET", f"/v2/two/manifests/{sha256(image(b'only in one'))}").code == "MANIFEST_UNKNOWN"


@pytest.mark.parametrize("source", ["&from=app", "&from=globex/app", ""])
def test_a_foreign_blob_cannot_be_mounted(ours, theirs, source):
    theirs.image("app", "1", b"their secret layer")
    answer = ours("POST", f"/v2/mine/blobs/uploads/?mount={sha256(b'their secret layer')}{source}")
    assert answer.status == 202
    assert "/blobs/uploads/" in answer.headers["location"]
    assert not RepositoryBlob.objects.filter(repository__name="mine").exists()


def test_an_own_blob_is_mounted_and_extra_parameters_are_ignored(ours):
    ours.image("base", "1", b"shared")
    digest = sha256(b"shared")
    named = ours("POST", f"/v2/app/blobs/uploads/?mount={digest}&from=base&origin=elsewhere.example")
    unnamed = ours("POST", f"/v2/other/blobs/uploads/?mount={digest}")
    assert (named.status, unnamed.status) == (201, 201)
    assert ours("GET", f"/v2/app/blobs/{digest}").content == b"shared"


def test_a_registry_token_mounts_only_from_where_it_was_asked_to_pull(ours, secret):
    mount = f"/v2/app/blobs/uploads/?mount={ours.blob('base', b'shared')}"
    narrow = Wire().bearer(secret, "repository:app:pull,push")
    for wire in (Wire(), narrow):
        refused = wire("POST", f"{mount}&from=base")
        assert refused.status == 401
        asked = refused.headers["www-authenticate"]
        assert 'scope="repository:app:pull,push repository:base:pull"' in asked
        assert "base" not in wire("POST", f"{mount}&from=base%22,x").headers.get("www-authenticate", "")
    assert narrow("POST", mount).status == 202  # without a source, it is what nobody named
    assert not RepositoryBlob.objects.filter(repository__name="app").exists()
    both = Wire().bearer(secret, "repository:app:pull,push", "repository:base:pull")
    assert both("POST", f"{mount}&from=base").status == 201
    assert both("POST", mount.replace("app", "other")).status == 401


def test_who_may_not_pull_the_source_is_not_told_to_ask_for_it(ours, acme, alice):
    """Asking would give no more, and a client that goes on asking never uploads."""
    kept = tokens.issue(user=alice, tenant=acme, name="app", actions=["pull", "push"], repositories="app")[1]
    mount = f"/v2/app/blobs/uploads/?mount={ours.blob('base', b'shared')}&from=base"
    scopes = ("repository:app:pull,push", "repository:base:pull")
    for wire in (Wire().as_token(kept), Wire().bearer(kept, *scopes)):
        assert wire("POST", mount).status == 202
        assert wire("POST", mount.replace("base", "none")).status == 202


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_a_foreign_upload_does_not_exist(ours, theirs, method):
    place = theirs("POST", "/v2/app/blobs/uploads/").headers["location"]
    answer = ours(method, f"{place}?digest={sha256(b'x')}", b"x")
    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert theirs("GET", place).status == 204


def test_a_registry_token_of_one_host_is_refused_at_another(secret, theirs):
    token = Wire("acme.localhost").bearer(secret, "repository:app:pull").authorization
    assert Wire("globex.localhost", token)("GET", "/v2/").status == 401
    assert Wire("localhost:8000", token)("GET", "/v2/").status == 401
    assert Wire("acme.localhost", token)("GET", "/v2/").status == 200


def test_an_access_token_opens_no_other_tenant(secret, theirs):
    theirs.image("app", "1")
    elsewhere = Wire("globex.localhost").as_token(secret)
    assert elsewhere("GET", "/v2/app/manifests/1").code == "NAME_UNKNOWN"
    assert elsewhere("GET", "/v2/none/manifests/1").code == "NAME_UNKNOWN"
    assert elsewhere("POST", "/v2/app/blobs/uploads/").code == "NAME_UNKNOWN"
    assert elsewhere("GET", "/auth/token?scope=repository:app:pull").status == 401
    portal = Wire("localhost:8000").as_token(secret)
    answers = [
        portal("GET", f"/v2/{name}/manifests/1") for name in ("globex/app", "globex/none", "nobody/app")
    ]
    assert {(one.status, one.content) for one in answers} == {(404, answers[0].content)}
    given = portal("GET", "/auth/token?scope=repository:globex/app:pull").json
    assert given["scope"] == ""


def test_a_registry_token_does_only_what_was_asked(ours, secret):
    ours.image("a", "1")
    ours.image("b", "1")
    pull_a = Wire("acme.localhost").bearer(secret, "repository:a:pull")
    assert pull_a("GET", "/v2/a/manifests/1").status == 200
    assert pull_a("GET", "/v2/b/manifests/1").status == 401
    assert pull_a("GET", "/v2/b/tags/list").status == 401
    assert pull_a("POST", "/v2/a/blobs/uploads/").status == 401
    assert pull_a("DELETE", "/v2/a/manifests/1").status == 401
    assert pull_a("GET", "/v2/_catalog").status == 401


@pytest.mark.parametrize(
    "host",
    [
        "",
        "unknown.example",
        "acme.localhost.evil.example",
        "xn--acm-dma.localhost",
        "acme.localhost,globex.localhost",
    ],
)
def test_an_unknown_host_never_falls_back_to_a_tenant(acme, host):
    assert Wire(host)("GET", "/v2/").status == 421


@pytest.mark.parametrize("host", ["acme.localhost:8443", "acme.localhost.", "ACME.localhost"])
def test_port_dot_and_case_do_not_change_the_tenant(ours, host):
    ours.image("app", "1")
    assert Wire(host, ours.authorization)("GET", "/v2/app/manifests/1").status == 200


def test_a_forwarded_host_and_ns_select_nothing(ours, theirs):
    theirs.image("app", "1")
    answer = ours("GET", "/v2/app/manifests/1?ns=globex.localhost", HTTP_X_FORWARDED_HOST="globex.localhost")
    assert answer.status == 404


def test_the_catalog_is_the_tenants_own(ours, theirs, secret):
    ours.image("mine", "1")
    theirs.image("theirs", "1")
    assert ours("GET", "/v2/_catalog").json == {"repositories": ["mine"]}
    portal = Wire("localhost:8000").as_token(secret)
    assert portal("GET", "/v2/_catalog").json == {"repositories": ["acme/mine"]}
    assert Wire("globex.localhost").as_token(secret)("GET", "/v2/_catalog").status == 401


@pytest.mark.parametrize("n", ["-1", "word", "1e3", "9" * 40, "%D9%A3"])
def test_a_page_size_that_is_no_number_is_refused(ours, n):
    ours.image("mine", "1")
    answer = ours("GET", f"/v2/_catalog?n={n}")
    assert (answer.status, answer.code) == (400, "PAGINATION_NUMBER_INVALID")
    assert ours("GET", "/v2/_catalog?n=999999999999").status == 200


def test_a_referrer_of_another_tenant_is_not_listed(ours, theirs):
    digest = ours.image("app", "1", b"same")
    assert theirs.image("app", "1", b"same") == digest
    theirs.image(
        "app", "", b"signature", subject={**descriptor(image(b"same")), "mediaType": media.OCI_MANIFEST}
    )
    assert len(theirs("GET", f"/v2/app/referrers/{digest}").json["manifests"]) == 1
    assert ours("GET", f"/v2/app/referrers/{digest}").json["manifests"] == []


def test_an_index_cannot_name_a_foreign_child(ours, theirs):
    theirs.image("app", "1", b"their child")
    body = {"schemaVersion": 2, "mediaType": media.OCI_INDEX}
    body["manifests"] = [descriptor(image(b"their child"), media.OCI_MANIFEST)]
    answer = ours.manifest("app", "1", json.dumps(body).encode())
    assert (answer.status, answer.code) == (404, "MANIFEST_BLOB_UNKNOWN")


def test_a_manifest_cannot_name_a_foreign_blob(ours, theirs):
    theirs.image("app", "1", b"their layer")
    ours.blob("app", b"{}")
    assert ours.manifest("app", "1", image(b"their layer")).code == "MANIFEST_BLOB_UNKNOWN"


def test_nobody_learns_which_names_exist(nobody, ours):
    ours.image("app", "1")
    answers = [nobody("GET", f"/v2/{name}/manifests/1") for name in ("app", "none")]
    assert [one.status for one in answers] == [401, 401]
    portal = Wire("localhost:8000")
    assert {portal("GET", f"/v2/{name}/app/tags/list").status for name in ("acme", "nobody")} == {401}
    assert 'scope="repository:app:pull"' in answers[0].headers["www-authenticate"]
    assert 'realm="http://acme.localhost/auth/token"' in answers[0].headers["www-authenticate"]
