"""Uploads under way count towards the quota from before their bytes come until they end, and never twice."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import quota, room
from registry.models import Quota, Repository, Upload
from tests.registry.wire import sha256

CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.fixture
def begin(ours, acme):
    """Opens an upload; acme may store 100 bytes."""
    ours.blob("app", b"")
    quota.limit(tenant=acme, most_bytes=100)
    return lambda: ours("POST", "/v2/app/blobs/uploads/").headers["location"]


def post(wire, name: str, content: bytes, **more):
    return wire("POST", f"/v2/{name}/blobs/uploads/?digest={sha256(content)}", content, **more)


def held() -> int:
    return sum(Upload.objects.values_list("reserved", flat=True))


class WhileItComes(io.BytesIO):
    """A body during which something else happens."""

    def __init__(self, content: bytes, happen) -> None:
        super().__init__(content)
        self.happen = happen

    def read(self, size: int | None = -1) -> bytes:
        happen, self.happen = self.happen, lambda: None
        happen()
        return super().read(size)


@pytest.mark.parametrize("sent", [{}, CHUNKED], ids=["announced", "chunked"])
def test_what_an_upload_holds_leaves_others_the_rest(ours, begin, sent):
    assert ours("PATCH", begin(), b"a" * 60, **sent).status == 202
    answer = post(ours, "two", b"b" * 41)
    assert (answer.status, answer.code) == (403, "DENIED")
    assert "uploads under way hold 60, and this would add 41" in answer.json["errors"][0]["detail"]
    assert post(ours, "two", b"b" * 40).status == 201


@pytest.mark.parametrize("sent", [{}, CHUNKED], ids=["announced", "chunked"])
def test_a_chunk_beyond_the_quota_is_refused_and_gives_all_of_it_back(ours, begin, sent, tmp_path):
    place = begin()
    assert ours("PATCH", place, b"a" * 60, **sent).status == 202
    answer = ours("PATCH", place, b"a" * 41, **sent)
    assert (answer.status, answer.code) == (403, "DENIED")
    assert ours("GET", place).code == "BLOB_UPLOAD_UNKNOWN"
    assert not [path for path in (tmp_path / "storage" / "uploads").iterdir() if path.stat().st_size]
    assert post(ours, "app", b"b" * 100).status == 201


@pytest.mark.parametrize("way", ["POST", "PATCH", "PUT"])
def test_room_is_held_before_the_bytes_come(ours, begin, way):
    content, said = b"a" * 60, []
    body = WhileItComes(content, lambda: said.append(post(ours, "two", b"b" * 41)))
    path = f"{begin()}?digest={sha256(content)}"
    if way == "POST":
        path = f"/v2/app/blobs/uploads/?digest={sha256(content)}"
    assert ours(way, path, content, **{"wsgi.input": body}).status in (201, 202)
    assert said[0].code == "DENIED"
    assert post(ours, "two", b"b" * 40).status == 201


def test_a_whole_blob_that_was_refused_leaves_no_upload(ours, begin):
    assert post(ours, "app", b"a" * 101).code == "DENIED"
    assert post(ours, "app", b"a" * 101, **CHUNKED).code == "DENIED"
    assert ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'b')}", b"a" * 100).code == "DIGEST_INVALID"
    assert not Upload.objects.exists()
    assert post(ours, "app", b"a" * 100).status == 201


def test_what_was_announced_and_never_came_is_not_held(ours, begin):
    lost = ours("PATCH", begin(), b"", CONTENT_LENGTH="90", **{"wsgi.input": io.BytesIO(b"abc")})
    assert lost.code == "SIZE_INVALID"
    assert held() == 3
    assert post(ours, "two", b"b" * 97).status == 201


def test_a_finished_upload_counts_once_at_every_moment(ours, begin, acme):
    place = begin()
    ours("PATCH", place, b"a" * 100)
    assert ours("PUT", f"{place}?digest={sha256(b'a' * 100)}").status == 201
    assert (quota.stored_by(acme), quota.held_by_uploads(acme)) == (100, 0)


def test_bytes_that_are_stored_already_need_room_while_they_come_again(ours, begin):
    post(ours, "app", b"a" * 60)
    assert post(ours, "two", b"a" * 60).code == "DENIED"
    assert ours("POST", f"/v2/two/blobs/uploads/?mount={sha256(b'a' * 60)}&from=app").status == 201
    assert post(ours, "two", b"b" * 40).status == 201


def test_an_upload_that_is_cancelled_or_expires_gives_its_room_back(ours, begin):
    cancelled, left = begin(), begin()
    for place in (cancelled, left):
        ours("PATCH", place, b"a" * 50)
    assert post(ours, "app", b"b").code == "DENIED"
    ours("DELETE", cancelled)
    assert post(ours, "app", b"b" * 50).status == 201
    assert post(ours, "app", b"c").code == "DENIED"
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        assert post(ours, "app", b"c" * 50).status == 201


def test_a_quota_that_is_set_later_counts_what_has_come(ours, acme):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    ours("PATCH", place, b"a" * 60, **CHUNKED)
    ours("PATCH", place, b"a" * 30, **CHUNKED)
    quota.limit(tenant=acme, most_bytes=100)
    assert post(ours, "two", b"b" * 11).code == "DENIED"
    assert post(ours, "two", b"b" * 10).status == 201


def test_a_repositorys_own_limit_counts_its_uploads_and_no_others(ours):
    ours.blob("app", b"")
    Repository.objects.filter(name="app").update(quota_bytes=100)
    ours("PATCH", ours("POST", "/v2/two/blobs/uploads/").headers["location"], b"a" * 90)
    ours("PATCH", ours("POST", "/v2/app/blobs/uploads/").headers["location"], b"a" * 90)
    detail = post(ours, "app", b"b" * 11).json["errors"][0]["detail"]
    assert "This repository may store 100 bytes; it stores 0, uploads under way hold 90" in detail
    assert post(ours, "app", b"b" * 10).status == 201


def test_a_body_of_unknown_length_asks_for_room_in_steps(ours, begin, monkeypatch):
    Quota.objects.update(most_bytes=1_000_000)
    monkeypatch.setattr(room, "AHEAD", 400_000)
    asked = []
    check = quota.check_upload
    monkeypatch.setattr(quota, "check_upload", lambda **ask: (asked.append(ask["size"]), check(**ask)))
    assert ours("PATCH", begin(), b"a" * 900_000, **CHUNKED).status == 202
    # Pieces have 262,144 bytes: the first, the third, and the last, for which there is room but none ahead.
    assert asked == [0, 262_144 + 400_000, 786_432 + 400_000, 786_432, 900_000 + 400_000, 900_000]
    assert held() == 900_000


def test_without_a_quota_a_chunk_costs_no_statement_more(ours):
    place = ours("POST", "/v2/app/blobs/uploads/").headers["location"]
    ours("PATCH", place, b"a" * 60)
    with CaptureQueriesContext(connection) as asked:
        ours("PATCH", place, b"a" * 60)
    assert [one["sql"].split()[0] for one in asked][-2:] == ["SELECT", "UPDATE"]
    assert sum("registry_upload" in one["sql"] for one in asked) == 2
    assert held() == 120
