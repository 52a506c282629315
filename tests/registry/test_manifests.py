"""Manifests that are none, too big, too deep or not whole; subjects; references elsewhere."""

from __future__ import annotations

import json

import pytest

from registry import document, media
from registry.models import Manifest
from tests.registry.wire import descriptor, image, index, sha256

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


@pytest.fixture
def ready(ours):
    """acme's `app` holds the parts of the smallest image."""
    ours.blob("app", b"{}")
    ours.blob("app", b"layer")
    return ours


def changed(**more) -> bytes:
    return json.dumps({**json.loads(image()), **more}).encode()


BROKEN = {
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
    "nothing": b"",
    "not UTF-8": b'{"a": "\xff"}',
    "NaN": image().replace(b'"schemaVersion": 2', b'"schemaVersion": 2, "x": NaN'),
    "a key twice": image().replace(b'"schemaVersion": 2', b'"schemaVersion": 2, "schemaVersion": 2'),
    "deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "version 1": changed(schemaVersion=1),
    "another media type inside": changed(mediaType=media.OCI_INDEX),
    "both kinds": changed(manifests=[]),
    "layers is no list": changed(layers={}),
    "a layer is no descriptor": changed(layers=["x"]),
    "negative size": changed(layers=[{**descriptor(b"layer"), "size": -1}]),
    "size true": changed(layers=[{**descriptor(b"layer"), "size": True}]),
    "size text": changed(layers=[{**descriptor(b"layer"), "size": "5"}]),
    "wrong size": changed(layers=[{**descriptor(b"layer"), "size": 6}]),
    "two sizes of one layer": changed(layers=[{**descriptor(b"layer"), "size": 6}, descriptor(b"layer")]),
    "no digest": changed(layers=[{"mediaType": LAYER_TYPE, "size": 5}]),
    "digest with a path": changed(layers=[{**descriptor(b"layer"), "digest": "sha256:../../x"}]),
    "no config": changed(config=None),
    "100,000 layers": changed(layers=[descriptor(b"layer")] * 8_000),
    "annotations not text": changed(annotations={"a": 1}),
    "annotations a list": changed(annotations=["a"]),
    "artifact type a list": changed(artifactType=["a"]),
    "artifact type longer than a media type": changed(artifactType=f"{'a' * 127}/{'b' * 128}"),
    "subject no descriptor": changed(subject="sha256:x"),
    "subject malformed": changed(subject={"mediaType": media.OCI_MANIFEST, "size": 1, "digest": "sha256:x"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_manifest_is_refused_and_moves_no_tag(ready, name):
    answer = ready.manifest("app", "1", BROKEN[name], media.OCI_MANIFEST)
    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")
    assert answer.json["errors"][0]["detail"]
    assert ready("GET", "/v2/app/manifests/1").status == 404
    assert not Manifest.objects.exists()


def test_nobody_settles_for_others_what_their_bytes_are(ready, theirs):
    silent = json.loads(image())
    del silent["mediaType"]
    content = json.dumps(silent).encode()
    for blob in (b"{}", b"layer"):
        theirs.blob("app", blob)
    for media_type in (media.DOCKER_MANIFEST, media.DOCKER_LIST, media.OCI_INDEX):
        assert theirs.manifest("app", "1", content, media_type).code == "MANIFEST_INVALID"
    assert ready.manifest("app", "1", content, media.OCI_MANIFEST).status == 201


@pytest.mark.parametrize(
    "media_type", ["", "text/html", "application/vnd.docker.distribution.manifest.v1+json"]
)
def test_a_media_type_we_do_not_keep_is_refused(ready, media_type):
    answer = ready("PUT", "/v2/app/manifests/1", image(), CONTENT_TYPE=media_type)
    assert answer.code == "MANIFEST_INVALID"


def test_more_than_four_mebibytes_are_refused_whatever_the_length_says(ready):
    big = changed(x="a" * document.LARGEST)
    assert ready.manifest("app", "1", big).status == 413
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    answer = ready("PUT", "/v2/app/manifests/1", big, CONTENT_TYPE=media.OCI_MANIFEST, **chunked)
    assert (answer.status, answer.code) == (413, "MANIFEST_INVALID")


def test_bytes_are_served_as_they_came(ready):
    odd = image().replace(b": ", b":   ") + b"\n\n"
    digest = sha256(odd)
    assert ready.manifest("app", "1", odd).headers["docker-content-digest"] == digest
    for accept in ("", "text/plain", "application/json", media.OCI_INDEX):
        got = ready("GET", "/v2/app/manifests/1", HTTP_ACCEPT=accept)
        assert (got.content, got.headers["content-type"]) == (odd, media.OCI_MANIFEST)
    head = ready("HEAD", "/v2/app/manifests/1")
    assert head.headers["content-length"] == str(len(odd))
    assert head.headers["etag"] == f'"{digest}"'
    assert head.content == b""


def test_a_digest_that_is_not_the_contents_is_refused(ready):
    assert ready.manifest("app", sha256(b"other"), image()).code == "DIGEST_INVALID"


def test_a_manifest_without_its_layer_is_refused(ours):
    ours.blob("app", b"{}")
    answer = ours.manifest("app", "1", image())
    assert (answer.status, answer.code) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert answer.json["errors"][0]["detail"] == sha256(b"layer")


def test_layers_that_live_elsewhere_are_kept_as_text_and_never_fetched(ready):
    foreign = {
        **descriptor(b"elsewhere", "application/vnd.oci.image.layer.nondistributable.v1.tar"),
        "urls": ["http://127.0.0.1:1/never", "file:///etc/passwd"],
    }
    content = changed(layers=[foreign])
    assert ready.manifest("app", "1", content).status == 201
    assert ready("GET", "/v2/app/manifests/1").content == content
    assert ready("GET", f"/v2/app/blobs/{foreign['digest']}").status == 404


def test_an_index_of_too_many_is_refused(ready):
    child = descriptor(b"child", media.OCI_MANIFEST)
    body = {"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": [child] * 10_000}
    assert ready.manifest("app", "1", json.dumps(body).encode()).code == "MANIFEST_INVALID"


@pytest.mark.parametrize("sizes", [(-1,), (1,), (1, 0)], ids=["smaller", "larger", "two of one child"])
def test_an_index_that_gives_a_child_another_size_is_refused(ready, sizes):
    child = image()
    ready.manifest("app", sha256(child), child)
    right = descriptor(child, media.OCI_MANIFEST)
    listed = [{**right, "size": len(child) + more} for more in sizes]
    body = {"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": listed}
    answer = ready.manifest("app", "1", json.dumps(body).encode())
    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")
    assert answer.json["errors"][0]["detail"] == f"The size given for {sha256(child)} is wrong."
    assert ready("GET", "/v2/app/manifests/1").status == 404
    assert ready.manifest("app", "1", index(child)).status == 201


def test_an_artifact_type_as_long_as_a_media_type_may_be_is_kept(ready):
    longest = f"{'a' * 127}/{'b' * 127}"
    subject = descriptor(image(), media.OCI_MANIFEST)
    assert ready.manifest("app", "1", changed(artifactType=longest, subject=subject)).status == 201
    (entry,) = ready("GET", f"/v2/app/referrers/{subject['digest']}").json["manifests"]
    assert entry["artifactType"] == longest


def test_indexes_may_nest_deeply_and_their_parts_are_reached(ready, shelf, acme, secret):
    content = image()
    ready.manifest("app", sha256(content), content)
    for _ in range(50):
        content = index(content).replace(media.OCI_MANIFEST.encode(), media.OCI_MANIFEST.encode())
        body = json.loads(content)
        content = json.dumps(body).encode()
        assert ready.manifest("app", sha256(content), content).status == 201
    assert ready.manifest("app", "deep", content).status == 201
    assert Manifest.objects.get(digest=sha256(content)).reach_down.count() == 51


def test_a_subject_need_not_be_there_yet(ready):
    subject = {**descriptor(b"later"), "mediaType": media.OCI_MANIFEST}
    content = changed(subject=subject, artifactType="example/check", annotations={"a": "b"})
    answer = ready.manifest("app", sha256(content), content)
    assert (answer.status, answer.headers["oci-subject"]) == (201, subject["digest"])
    listed = ready("GET", f"/v2/app/referrers/{subject['digest']}")
    assert listed.headers["content-type"] == media.OCI_INDEX
    assert listed.json["manifests"] == [
        {
            "mediaType": media.OCI_MANIFEST,
            "digest": sha256(content),
            "size": len(content),
            "artifactType": "example/check",
            "annotations": {"a": "b"},
        }
    ]
    none = ready("GET", f"/v2/app/referrers/{subject['digest']}?artifactType=other/type")
    assert (none.json["manifests"], none.headers["oci-filters-applied"]) == ([], "artifactType")
    assert ready("GET", f"/v2/app/referrers/{sha256(b'nobody')}").json["manifests"] == []


def test_a_deleted_tag_leaves_the_manifest(ready):
    digest = ready.image("app", "1")
    ready.manifest("app", "2", image())
    assert ready("DELETE", "/v2/app/manifests/1").status == 202
    assert ready("GET", "/v2/app/manifests/1").code == "MANIFEST_UNKNOWN"
    assert ready("GET", f"/v2/app/manifests/{digest}").status == 200
    assert ready("DELETE", f"/v2/app/manifests/{digest}").status == 202
    assert ready("GET", "/v2/app/tags/list").json["tags"] == []
    assert ready("DELETE", f"/v2/app/manifests/{digest}").code == "MANIFEST_UNKNOWN"


def test_several_tags_in_one_push(ready):
    content = image()
    answer = ready.manifest("app", f"{sha256(content)}?tag=1&tag=1.0&tag=latest", content)
    assert (answer.status, answer.headers["oci-tag"]) == (201, "1, 1.0, latest")
    assert ready("GET", "/v2/app/tags/list").json["tags"] == ["1", "1.0", "latest"]
    assert ready.manifest("app", f"{sha256(content)}?tag=good&tag=.bad", content).code == "TAG_INVALID"
    assert ready("GET", "/v2/app/tags/list").json["tags"] == ["1", "1.0", "latest"]
