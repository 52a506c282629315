"""Blobs by redirect: an address that opens one object, for minutes, and only for whoever may pull it."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from registry.models import Blob
from tests.registry.wire import sha256

pytestmark = [pytest.mark.xdist_group("object-store"), pytest.mark.usefixtures("_objects")]
CONTENT = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def _redirect(settings):
    settings.BLOB_SERVING = "redirect"


@pytest.fixture
def path(ours):
    return f"/v2/app/blobs/{ours.blob('app', CONTENT)}"


def fetch(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def test_the_client_is_sent_to_the_object_and_gets_its_bytes(ours, path):
    answer = ours("GET", path)
    assert (answer.status, answer.content) == (307, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["docker-content-digest"] == sha256(CONTENT)
    assert fetch(answer.headers["location"]) == (200, CONTENT)
    assert fetch(answer.headers["location"], Range="bytes=5-9") == (206, CONTENT[5:10])


def test_a_head_is_answered_here(ours, path):
    answer = ours("HEAD", path)
    assert (answer.status, answer.headers["content-length"]) == (200, "1024")


def test_nobody_else_is_given_an_address(ours, theirs, nobody, path):
    theirs.blob("app", b"to have a repository")
    answers = [theirs("GET", path), nobody("GET", path), ours("GET", path.replace("/app/", "/other/"))]
    assert [one.status for one in answers] == [404, 401, 404]
    assert not any("location" in one.headers for one in answers)


def test_the_address_alone_opens_nothing(ours, path):
    location = ours("GET", path).headers["location"]
    assert fetch(location.partition("?")[0])[0] == 403


def signature(url: str, lifetime: str = "") -> str:
    """What the vendor's own library signs for such an address: time, lifetime, method and key are all in it."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    asked = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}
    request = AWSRequest("GET", url.partition("?")[0])
    request.context["timestamp"] = asked["X-Amz-Date"]
    seconds = int(lifetime or asked["X-Amz-Expires"])
    signer = S3SigV4QueryAuth(Credentials("assay", "a secret for tests"), "s3", "us-east-1", seconds)
    del request.headers["x-amz-date"]
    signer._modify_request_before_signing(request)
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def test_the_address_ends_within_five_minutes_and_its_signature_says_so(ours, path):
    location = ours("GET", path).headers["location"]
    asked = parse_qs(urlsplit(location).query)
    assert timedelta(seconds=int(asked["X-Amz-Expires"][0])) <= timedelta(minutes=5)
    (told,) = asked["X-Amz-Signature"]
    assert signature(location) == told
    assert signature(location, lifetime="3000") != told
    assert signature(location.replace(Blob.objects.get().storage_key, "other")) != told
