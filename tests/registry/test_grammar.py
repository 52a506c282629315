"""Names, tags and digests: what is none is refused with its own code, never a fault."""

from __future__ import annotations

import pytest

from registry.models import Repository
from tests.registry.wire import image

HEX = "a" * 64
DIGESTS = [
    "sha256:" + HEX.upper(),
    "sha256:" + HEX[:-1],
    "sha256:" + HEX + "a",
    "sha512:" + HEX,
    "md5:" + "a" * 32,
    "sha256:" + "g" * 64,
    "SHA256:" + HEX,
    "sha256+b64:" + HEX,
    "sha256:",
    ":" + HEX,
    "sha256:..%2f..",
    "sha256:" + HEX + "\n",
]
NAMES = ["..", "app/..", "app//b", "App", "a" * 300, "-a", "a-", "a..b", "a/./b", "app%2fb", "_a", "a b", "ä"]
RESERVED = ["admin", "api/x", "v2/x", "library/x", "staging/x"]


@pytest.mark.parametrize("digest", DIGESTS, ids=repr)
def test_a_digest_that_is_none(ours, digest):
    ours.image("app", "1")
    for path in (f"blobs/{digest}", f"manifests/{digest}", f"referrers/{digest}"):
        answer = ours("GET", f"/v2/app/{path}")
        assert (answer.status, answer.code) == (400, "DIGEST_INVALID"), path
    assert ours.manifest("app", digest, image()).code == "DIGEST_INVALID"
    assert ours("POST", f"/v2/app/blobs/uploads/?digest={digest}", b"x").code == "DIGEST_INVALID"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_name_that_is_none(ours, name, method):
    answer = ours(method, f"/v2/{name}/manifests/1", b"{}")
    assert (answer.status, answer.code) == (400, "NAME_INVALID")


@pytest.mark.parametrize("name", RESERVED)
def test_a_reserved_name_is_nobodys(ours, name):
    assert ours("POST", f"/v2/{name}/blobs/uploads/").code in ("DENIED", "NAME_UNKNOWN")
    assert not Repository.objects.exists()
    assert ours("GET", f"/v2/{name}/tags/list").code == "NAME_UNKNOWN"


@pytest.mark.parametrize("tag", [".hidden", "-x", "a" * 129, "a b", "ä", "a+b", "a\n"])
def test_a_tag_that_is_none(ours, tag):
    ours.image("app", "1")
    assert ours.manifest("app", tag, image()).code == "TAG_INVALID"
    answer = ours("GET", f"/v2/app/manifests/{tag}")
    assert (answer.status, answer.code) == (404, "MANIFEST_UNKNOWN")


def test_the_longest_tag_is_one(ours):
    ours.image("app", "a" * 128)
    assert ours("HEAD", f"/v2/app/manifests/{'a' * 128}").status == 200


@pytest.mark.parametrize(
    "path", ["/v2/app", "/v2/app/manifests", "/v2/app/manifests/a/b", "/v2//", "/v2/_catalog/x"]
)
def test_an_address_that_is_none(ours, path):
    assert ours("GET", path).status in (400, 404)


@pytest.mark.parametrize("method", ["POST", "TRACE", "OPTIONS", "PATCH", "MADE-UP"])
def test_a_method_that_an_address_does_not_take(ours, method):
    answer = ours(method, "/v2/app/manifests/1")
    assert (answer.status, answer.code) == (405, "UNSUPPORTED")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, PUT"


def test_every_answer_says_which_protocol_it_is(ours, nobody):
    ours.image("app", "1")
    for wire, path in (
        (ours, "/v2/"),
        (nobody, "/v2/"),
        (ours, "/v2/app/manifests/1"),
        (ours, "/v2/app/tags/list"),
    ):
        answer = wire("GET", path)
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_parameters_beyond_counting_are_refused(ours):
    ours.blob("app", b"x")
    answer = ours("GET", f"/v2/app/tags/list?{'a=1&' * 2_000}")
    assert (answer.status, answer.code) == (400, "UNSUPPORTED")
