"""Hostile inputs 23 to 26, what PostgreSQL and JSON make of text: NUL, half surrogates, other encodings, depth."""

from __future__ import annotations

import json

import pytest

from tenants import tokens
from tests.registry.wire import descriptor, image, sha256

pytestmark = pytest.mark.xdist_group("hostile-portal")

OCI = "Content-Type: application/vnd.oci.image.manifest.v1+json"
NO_TEXT = ["\0", "a\0b", "\ud800", "\udfff\ud800"]


@pytest.fixture
def put(knock):
    """PUT a manifest whose blobs are there; gives what was said."""
    for blob in (b"{}", b"layer"):
        knock(f"POST /v2/app/blobs/uploads/?digest={sha256(blob)}", body=blob)

    def send(content: bytes):
        return knock("PUT /v2/app/manifests/text", OCI, body=content)

    assert send(image()).status == 201
    return send


def changed(**fields) -> bytes:
    return json.dumps({**json.loads(image()), **fields}).encode()


@pytest.mark.parametrize("text", NO_TEXT, ids=ascii)
def test_a_manifest_with_text_that_no_database_keeps_is_refused(put, text):
    told = {**descriptor(b"{}"), "mediaType": text}
    for fields in (
        {"annotations": {"a": text}},
        {"annotations": {text: "a"}},
        {"artifactType": text},
        {"config": told},
    ):
        said = put(changed(**fields))
        assert said.status == 400, fields
        assert b"MANIFEST_INVALID" in said.content


@pytest.mark.parametrize("text", NO_TEXT, ids=ascii)
def test_where_it_is_only_bytes_it_is_kept_as_it_came(put, knock, text):
    content = changed(x=text)
    assert put(content).status == 201
    assert knock(f"GET /v2/app/manifests/{sha256(content)}").content.endswith(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_manifest_in_another_encoding_than_clients_read_is_refused(put, encoding):
    assert put(image().decode().encode(encoding)).status == 400


@pytest.mark.parametrize("depth", [100, 900, 1000, 5000, 100_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_a_manifest_of_any_depth_is_kept_or_refused(put, depth, pair):
    begin = b"[" if pair == "[]" else b'{"a":'
    deep = image()[:-1] + b',"x":' + begin * depth + b"1" + pair[1].encode() * depth + b"}"
    assert put(deep).status in (201, 400)


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "-0", "1E400"])
def test_a_number_of_any_size_is_kept_or_refused(put, number):
    assert put(image()[:-1] + b',"x":' + number.encode() + b"}").status in (201, 400)


@pytest.mark.parametrize(
    "value", ["%00", "a%00b", "%ff", "%ed%a0%80", "%0d%0aX-A:%201", "..%2f..", "a" * 5000]
)
def test_any_bytes_in_an_address_are_answered(put, knock, value):
    digest = sha256(image())
    for line in (
        *(f"{verb} /v2/app/manifests/{value}" for verb in ("GET", "HEAD", "DELETE")),
        *(f"{verb} /v2/app/blobs/{value}" for verb in ("GET", "DELETE")),
        *(f"{verb} /v2/app/blobs/uploads/{value}" for verb in ("GET", "PATCH", "PUT", "DELETE")),
        f"GET /v2/{value}/tags/list",
        f"GET /v2/app/referrers/{value}",
        f"GET /v2/app/referrers/{digest}?artifactType={value}",
        f"GET /v2/app/tags/list?last={value}",
        f"GET /v2/app/tags/list?n={value}",
        f"GET /v2/_catalog?last={value}",
        f"POST /v2/app/blobs/uploads/?mount={value}",
        f"POST /v2/app/blobs/uploads/?mount={sha256(b'layer')}&from={value}",
        f"POST /v2/app/blobs/uploads/?digest={value}",
        f"GET /auth/token?scope=repository:{value}:pull&service={value}",
    ):
        said = knock(line)
        assert 200 <= said.status < 500, line
        assert b"\r\nX-A:" not in said.content.partition(b"\r\n\r\n")[0]
    tagged = knock(f"PUT /v2/app/manifests/{digest}?tag={value}", OCI, body=image())
    assert tagged.status == 400


API_BODIES = [
    b'{"name": "\\u0000", "base": "python:3.13"}',
    b'{"name": "x", "base": "python:3.13", "customisation": {"env": {"A": "\\ud800"}}}',
    b'{"name": "x", "base": "python:3.13", "customisation": {"env": {"\\u0000": "a"}}}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"9" * 5000,
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b"null",
    b"1",
    b"[]",
    b'"x"',
]


@pytest.mark.parametrize("body", API_BODIES, ids=lambda body: body[:40].decode("latin-1"))
@pytest.mark.parametrize("path", ["builds/", "builds/preview/"])
def test_a_body_of_the_api_that_is_no_order_is_a_problem_of_its_sender(client, acme, alice, path, body):
    _, secret = tokens.issue(user=alice, tenant=acme, name="api", actions=["build"])
    answer = client.post(
        f"/api/v1/{path}",
        body,
        "application/json",
        HTTP_AUTHORIZATION=f"Bearer {secret}",
        HTTP_HOST="acme.localhost",
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), answer.content
