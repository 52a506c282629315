"""The conformance suite's cases about manifests, tags and referrers, kind by kind; our own code.

That no kind is missing is checked in `test_conformance`.
"""

from __future__ import annotations

import json
import secrets

import pytest

from registry import media
from tests.conformance.content import KINDS, Content, digest_of, make

pytestmark = pytest.mark.xdist_group("registry-server")

HERE = "/v2/acme/port/content"
MALFORMED = "sha256:baddigeststring"
#: Groups of the suite that have a function of their own below.
ALONE = {"ping", "empty", "bad-digest-image", "missing-manifest", "invalid-digest-format"}


def push_blobs(http, content: Content) -> None:
    for digest, blob in content.blobs.items():
        assert http.post(f"{HERE}/blobs/uploads/?digest={digest}", content=blob).status_code == 201


def put(http, reference: str, body: bytes, query: str = ""):
    headers = {"Content-Type": json.loads(body)["mediaType"]}
    return http.put(f"{HERE}/manifests/{reference}{query}", content=body, headers=headers)


def push(http, content: Content, *, by_tag_parameter: bool) -> None:
    push_blobs(http, content)
    for digest, body in content.manifests.items():
        names = [tag for tag, named in content.tags.items() if named == digest] if by_tag_parameter else []
        answer = put(http, digest, body, "?" + "&".join(f"tag={name}" for name in names) if names else "")
        assert answer.status_code == 201, answer.text
        assert answer.headers["docker-content-digest"] == digest
        assert sorted(answer.headers.get("oci-tag", "").replace(" ", "").split(",")) == (
            sorted(names) or [""]
        )
        subject = json.loads(body).get("subject")
        assert answer.headers.get("oci-subject") == (subject and subject["digest"])
    if not by_tag_parameter:
        for tag, digest in content.tags.items():
            assert put(http, tag, content.manifests[digest]).status_code == 201


def is_listed(http, content: Content) -> None:
    found = http.get(f"{HERE}/tags/list").json()["tags"]
    assert set(content.tags) <= set(found)
    assert found == sorted(found)
    for last in found:
        rest = http.get(f"{HERE}/tags/list", params={"last": last}).json()["tags"]
        assert rest == [name for name in found if name > last]


def is_pulled(http, content: Content) -> None:
    named = content.tags | {digest: digest for digest in content.manifests}
    for reference, digest in named.items():
        body = content.manifests[digest]
        head, got = (http.request(method, f"{HERE}/manifests/{reference}") for method in ("HEAD", "GET"))
        assert (head.status_code, got.status_code, got.content) == (200, 200, body)
        for answer in (head, got):
            assert answer.headers["content-type"] == json.loads(body)["mediaType"]
            assert answer.headers["content-length"] == str(len(body))
            # A tag is answered with the canonical digest or the one it was pushed with; both verify.
            given = answer.headers["docker-content-digest"]
            assert given == digest_of(body, given.partition(":")[0])
    for digest, blob in content.blobs.items():
        assert http.head(f"{HERE}/blobs/{digest}").headers["content-length"] == str(len(blob))
        assert http.get(f"{HERE}/blobs/{digest}").content == blob


def is_referred(http, content: Content) -> None:
    for subject, wanted in content.referrers.items():
        answer = http.get(f"{HERE}/referrers/{subject}")
        assert answer.headers["content-type"] == media.OCI_INDEX
        found = {one["digest"]: one for one in answer.json()["manifests"]}
        for one in wanted:
            assert found[one["digest"]] == {key: value for key, value in one.items() if value}
        for kind in {one["artifactType"] for one in wanted}:
            answer = http.get(f"{HERE}/referrers/{subject}", params={"artifactType": kind})
            assert answer.headers["oci-filters-applied"] == "artifactType"
            of_kind = {one["digest"] for one in answer.json()["manifests"]}
            assert of_kind == {one["digest"] for one in wanted if one["artifactType"] == kind}


def is_deleted(http, content: Content) -> None:
    addresses = [f"manifests/{tag}" for tag in content.tags]
    addresses += [f"manifests/{digest}" for digest in reversed(content.manifests)]
    addresses += [f"blobs/{digest}" for digest in content.blobs]
    for address in addresses:
        assert http.delete(f"{HERE}/{address}").status_code == 202, address
        assert http.head(f"{HERE}/{address}").status_code == 404, address
    for subject in content.referrers:
        assert http.get(f"{HERE}/referrers/{subject}").json()["manifests"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_content_is_pushed_listed_pulled_referred_and_deleted(http, kind):
    content = make(kind)
    push(http, content, by_tag_parameter=kind.startswith("tag-param"))
    is_listed(http, content)
    is_pulled(http, content)
    is_referred(http, content)
    is_deleted(http, content)


def test_the_registry_says_that_it_is_one(http):  # ping
    assert http.get("/v2/").status_code == 200


def test_a_fresh_repository_has_neither_tags_nor_referrers(http):  # empty
    digest = digest_of(b"fresh")
    http.post("/v2/acme/port/fresh/blobs/uploads/", params={"digest": digest}, content=b"fresh")
    assert http.get("/v2/acme/port/fresh/tags/list").json() == {"name": "acme/port/fresh", "tags": []}
    answer = http.get(f"/v2/acme/port/fresh/referrers/{digest_of(secrets.token_bytes(9))}")
    assert (answer.status_code, answer.json()["manifests"]) == (200, [])
    assert answer.headers["content-type"] == media.OCI_INDEX


def test_a_manifest_whose_bytes_are_others_is_refused(http):  # bad-digest-image
    content = make("image")
    push_blobs(http, content)
    (digest, body), *_ = content.manifests.items()
    answer = put(http, digest, body + b"  ")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert http.head(f"{HERE}/manifests/{digest}").status_code == 404


def test_a_manifest_that_nobody_pushed_is_not_there(http):  # missing-manifest
    for reference in (digest_of(secrets.token_bytes(9)), f"missing-{secrets.token_hex(8)}"):
        assert http.get(f"{HERE}/manifests/{reference}").status_code == 404


def test_a_malformed_digest_is_refused_by_both_verbs(http):  # invalid-digest-format
    content = make("image")
    push_blobs(http, content)
    (body,) = content.manifests.values()
    answer = put(http, MALFORMED, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert http.get(f"{HERE}/manifests/{MALFORMED}").status_code in (400, 404)
