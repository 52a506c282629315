"""Uploads: wrong digests, chunks out of order, two writers, lost connections, resumption."""

from __future__ import annotations

import fcntl
import hashlib
import io

import pytest
from django.utils import timezone

from registry import storage, uploads
from registry.digest import Digest
from registry.errors import StoreUnavailable, UploadOutOfOrder
from registry.models import Blob, Upload
from registry.storage import spool
from tenants import tokens
from tenants.models import AccessToken
from tests.registry.wire import Wire, sha256

WRONG = sha256(b"something else")


class Broken(io.BytesIO):
    """A sender that goes away after what it holds."""


@pytest.fixture
def begin(ours):
    def start() -> str:
        answer = ours("POST", "/v2/app/blobs/uploads/")
        assert (answer.status, answer.headers["range"]) == (202, "0-0")
        return answer.headers["location"]

    return start


def patch(wire, place, content, start=None, **more):
    if start is not None:
        more["HTTP_CONTENT_RANGE"] = f"{start}-{start + len(content) - 1}"
    return wire("PATCH", place, content, **more)


def test_a_blob_in_chunks(ours, begin):
    place = begin()
    first = patch(ours, place, b"first ", 0)
    assert (first.status, first.headers["range"]) == (202, "0-5")
    second = patch(ours, first.headers["location"], b"second", 6)
    assert second.headers["range"] == "0-11"
    done = ours("PUT", f"{place}?digest={sha256(b'first second!')}", b"!", HTTP_CONTENT_RANGE="12-12")
    assert done.status == 201
    assert done.headers["docker-content-digest"] == sha256(b"first second!")
    assert ours("GET", done.headers["location"]).content == b"first second!"
    assert ours("GET", place).code == "BLOB_UPLOAD_UNKNOWN"


@pytest.mark.parametrize("way", ["single POST", "POST and PUT", "chunked"])
def test_a_wrong_digest_is_refused_on_every_way_and_leaves_nothing(ours, begin, way):
    if way == "single POST":
        answer = ours("POST", f"/v2/app/blobs/uploads/?digest={WRONG}", b"content")
    else:
        place = begin()
        rest = b"content"
        if way == "chunked":
            patch(ours, place, b"cont", 0)
            rest = b"ent"
        answer = ours("PUT", f"{place}?digest={WRONG}", rest)
    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert not Blob.objects.exists()
    assert not [path for path in storage.current().root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("start", [0, 3, 7, 100])
def test_a_chunk_elsewhere_than_at_the_end_is_refused_and_says_where_the_end_is(ours, begin, start):
    place = begin()
    patch(ours, place, b"12345", 0)
    answer = patch(ours, place, b"678", start)
    assert (answer.status, answer.code) == (416, "BLOB_UPLOAD_INVALID")
    assert answer.headers["range"] == "0-4"
    assert patch(ours, answer.headers["location"], b"678", 5).status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'12345678')}").status == 201


@pytest.mark.parametrize("said", ["5-1", "x-y", "-5", "0-99999999999999999999", "bytes 0-2/3, 4-5", "0-9"])
def test_a_content_range_that_is_none_is_refused(ours, begin, said):
    place = begin()
    answer = ours("PATCH", place, b"123", HTTP_CONTENT_RANGE=said)
    assert answer.status == 400
    assert ours("GET", place).headers["range"] == "0-0"


def test_a_chunk_without_a_range_goes_to_the_end(ours, begin):
    place = begin()
    patch(ours, place, b"one ")
    patch(ours, place, b"two")
    assert ours("GET", place).headers["range"] == "0-6"
    assert ours("PUT", f"{place}?digest={sha256(b'one two')}").status == 201


def test_an_empty_chunk_changes_nothing(ours, begin):
    place = begin()
    patch(ours, place, b"abc", 0)
    assert ours("PATCH", place, b"").status == 202
    assert ours("GET", place).headers["range"] == "0-2"


def test_what_came_before_the_connection_broke_is_kept(ours, begin):
    place = begin()
    lost = ours("PATCH", place, b"abc", CONTENT_LENGTH="10", **{"wsgi.input": io.BytesIO(b"abc")})
    assert (lost.status, lost.code) == (400, "SIZE_INVALID")
    stands = ours("GET", place)
    assert (stands.status, stands.headers["range"]) == (204, "0-2")
    assert patch(ours, place, b"def", 3).status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'abcdef')}").status == 201


def test_what_a_killed_process_received_is_counted_and_kept(ours, begin):
    place = begin()
    patch(ours, place, b"abc", 0)
    with spool.path_of(Upload.objects.get().pk).open("ab") as file:
        file.write(b"def")  # received, and no row written
    assert ours("GET", place).headers["range"] == "0-5"
    assert patch(ours, place, b"ghi", 6).status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'abcdefghi')}").status == 201


def test_bytes_that_a_loss_of_power_took_are_asked_for_again(ours, begin):
    place = begin()
    patch(ours, place, b"abcdef", 0)
    with spool.path_of(Upload.objects.get().pk).open("r+b") as file:
        file.truncate(2)
    assert patch(ours, place, b"ghi", 6).headers["range"] == "0-1"
    assert patch(ours, place, b"cdef", 2).status == 202
    assert ours("PUT", f"{place}?digest={sha256(b'abcdef')}").status == 201


def test_what_came_in_one_piece_is_hashed_on_its_way_only(ours, begin, monkeypatch):
    def again(*_):
        raise AssertionError("read again")

    place = begin()
    patch(ours, place, b"whole")
    with monkeypatch.context() as patched:
        patched.setattr(spool, "hash_file", again)
        wrong = ours("PUT", f"{place}?digest={WRONG}")
        assert wrong.code == "DIGEST_INVALID"
        place = begin()
        assert ours("PUT", f"{place}?digest={sha256(b'whole')}", b"whole").status == 201


def test_a_token_that_ends_mid_upload_loses_no_byte(ours, begin, acme, alice):
    place = begin()
    patch(ours, place, b"abc", 0)
    AccessToken.unscoped.update(expires_at=timezone.now())
    assert ours("PUT", f"{place}?digest={sha256(b'abcdef')}", b"def").status == 401
    assert ours("GET", place).status == 401
    again = ours.as_token(tokens.issue(user=alice, tenant=acme, name="next", actions=["pull", "push"])[1])
    assert again("GET", place).headers["range"] == "0-2"
    assert again("PUT", f"{place}?digest={sha256(b'abcdef')}", b"def").status == 201


def test_a_second_writer_is_refused_while_the_first_writes(ours, begin):
    place = begin()
    path = spool.path_of(Upload.objects.get().pk)
    with path.open("r+b") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        assert patch(ours, place, b"second", 0).status == 416
        assert ours("PUT", f"{place}?digest={sha256(b'x')}", b"x").status == 416
    assert patch(ours, place, b"second", 0).status == 202


def test_a_writer_on_another_machine_is_refused_by_the_version(ours, begin):
    begin()
    seen = Upload.objects.get()
    Upload.objects.update(version=1)
    with pytest.raises(uploads.UploadOutOfOrder):
        uploads.append(upload=seen, chunks=[b"late"], start=0)
    assert spool.path_of(seen.pk).read_bytes() == b""


@pytest.mark.parametrize(
    "lost", [{"sha256": "", "hashed": 0}, {"sha256": hashlib.sha256(b"a").hexdigest(), "hashed": 1}]
)
def test_bytes_whose_hash_was_never_kept_are_read_again(ours, begin, lost):
    place = begin()
    patch(ours, place, b"abc", 0)
    Upload.objects.update(**lost)  # as when the process was killed between the bytes and the row
    assert ours("PUT", f"{place}?digest={sha256(b'abc')}").status == 201
    assert ours("GET", f"/v2/app/blobs/{sha256(b'abc')}").content == b"abc"


def test_an_upload_that_is_cancelled_while_it_is_finished_is_unknown(ours, begin):
    begin()
    seen = Upload.objects.get()

    def chunks():
        yield b"abc"
        uploads.cancel(upload=seen)

    with pytest.raises(uploads.UploadUnknown):
        uploads.finish(upload=seen, expected=Digest.of(b"abc"), chunks=chunks())
    assert not Blob.objects.exists()


def test_a_put_that_the_store_could_not_take_may_be_sent_again(ours, begin, monkeypatch):
    place = begin()
    patch(ours, place, b"abc", 0)
    put = f"{place}?digest={sha256(b'abcdef')}"

    def unavailable(*_: object) -> str:
        raise StoreUnavailable

    with monkeypatch.context() as outage:
        outage.setattr(type(storage.current()), "keep", unavailable)
        assert ours("PUT", put, b"def").status == 503
    assert ours("GET", place).headers["range"] == "0-2"
    assert ours("PUT", put, b"def").status == 201


def test_finishing_twice_ends_once(ours, begin):
    place = begin()
    put = f"{place}?digest={sha256(b'x')}"
    assert ours("PUT", put, b"x").status == 201
    assert ours("PUT", put, b"x").code == "BLOB_UPLOAD_UNKNOWN"


def test_an_upload_whose_process_died_after_keeping_it_takes_no_more(ours, theirs, begin, monkeypatch):
    place, digest = begin(), sha256(b"whole")
    with monkeypatch.context() as death:
        death.setattr(uploads, "cancel", None)
        assert ours("PUT", f"{place}?digest={digest}", b"whole").status == 500
    theirs.blob("app", b"whole")
    for again in (patch(ours, place, b"whole"), ours("PUT", f"{place}?digest={digest}", b"whole")):
        assert (again.status, again.headers["range"]) == (416, "0-4")
    assert theirs("GET", f"/v2/app/blobs/{digest}").content == b"whole"
    assert ours("PUT", f"{place}?digest={digest}").status == 201
    assert ours("GET", f"/v2/app/blobs/{digest}").content == b"whole"


def test_finishing_without_a_digest_keeps_the_upload(ours, begin):
    place = begin()
    patch(ours, place, b"abc", 0)
    for query in ("", "?digest=", "?digest=sha256:short", "?digest=md5:" + "0" * 32):
        assert ours("PUT", place + query).code == "DIGEST_INVALID"
    assert ours("PUT", f"{place}?digest={sha256(b'abc')}").status == 201


def test_an_upload_is_cancelled(ours, begin):
    place = begin()
    patch(ours, place, b"abc", 0)
    assert ours("DELETE", place).status == 204
    assert ours("GET", place).code == "BLOB_UPLOAD_UNKNOWN"
    assert not Upload.objects.exists()
    assert not [path for path in storage.current().root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["x", "..%2f..", "0" * 36, "00000000000000000000000000000000"])
def test_an_upload_id_that_is_none(ours, begin, name):
    begin()
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert ours(method, f"/v2/app/blobs/uploads/{name}?digest={sha256(b'')}").status == 404


def test_a_chunked_body_with_a_length_is_refused(ours, begin):
    answer = ours("PATCH", begin(), b"abc", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status, answer.code) == (400, "SIZE_INVALID")


def test_a_chunked_body_is_read_to_its_end(ours, begin):
    place = begin()
    answer = ours("PATCH", place, b"streamed", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert answer.headers["range"] == "0-7"


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "abc", "9" * 30])
def test_a_length_that_is_none_is_refused(ours, begin, length):
    assert ours("PATCH", begin(), b"abc", CONTENT_LENGTH=length).code == "SIZE_INVALID"


def test_sha512_is_computed_not_believed(ours, begin):
    content = b"long digest"
    digest = f"sha512:{hashlib.sha512(content).hexdigest()}"
    assert ours("POST", f"/v2/app/blobs/uploads/?digest={digest}", content).status == 201
    assert ours("GET", f"/v2/app/blobs/{digest}").content == content
    place = begin()
    assert ours("PUT", f"{place}?digest=sha512:{'0' * 128}", content).code == "DIGEST_INVALID"


def test_bytes_that_others_have_are_still_to_be_sent(ours, theirs):
    theirs.blob("app", b"their secret layer")
    claimed = f"/v2/app/blobs/uploads/?digest={sha256(b'their secret layer')}"
    assert ours("POST", claimed, b"").code == "DIGEST_INVALID"
    assert ours("POST", claimed, b"their secret layer").status == 201


def test_pushing_needs_the_right(acme, bob):
    from tenants import tokens

    _, secret = tokens.issue(user=bob, tenant=acme, name="reader", actions=["pull"])
    answer = Wire().as_token(secret)("POST", "/v2/app/blobs/uploads/")
    assert (answer.status, answer.code) == (403, "DENIED")


def test_a_chunk_without_bytes_is_nothing_even_to_an_upload_that_is_a_blob_by_now(ours, begin):
    """Its server died between keeping the blob and ending the upload; the client asks, and goes on from there."""
    begin()
    upload = Upload.objects.get()
    uploads.append(upload=upload, chunks=[b"abc"], start=0)
    storage.current().keep(spool.path_of(upload.pk), Digest.of(b"abc"))
    uploads.append(upload=upload, chunks=[b""], start=3)
    with pytest.raises(UploadOutOfOrder):
        uploads.append(upload=upload, chunks=[b"d"], start=3)
    assert uploads.finish(upload=upload, expected=Digest.of(b"abc")).size == 3
