"""Lists of what refers to a manifest: how much they read, and in how many parts they come."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import document, media
from tests.registry.wire import Wire, descriptor, image, sha256

SUBJECT = descriptor(image(), media.OCI_MANIFEST)
KIND = "application/vnd.example.note+json"


@pytest.fixture
def ready(ours):
    ours.image("app", "1")
    return ours


def attach(wire: Wire, number: int, **more) -> str:
    body = image(subject=SUBJECT, annotations={"number": str(number), **more}, artifactType=KIND)
    content = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert wire.manifest("app", sha256(content), content).status == 201
    return sha256(content)


def listed(wire: Wire, query: str = "") -> list[list[str]]:
    """Digests by page, as a client finds them that follows the links."""
    pages, path = [], f"/v2/app/referrers/{SUBJECT['digest']}{query}"
    while path:
        answer = wire("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, media.OCI_INDEX)
        assert len(answer.content) <= document.LARGEST
        pages.append([one["digest"] for one in answer.json["manifests"]])
        link = answer.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link.removeprefix("<").partition(">")[0]
    return pages


def test_they_are_listed_without_reading_their_bytes(ready):
    attach(ready, 1)
    with CaptureQueriesContext(connection) as asked:
        assert len(listed(ready)[0]) == 1
    assert not any('"registry_manifest"."content"' in one["sql"] for one in asked)


def test_those_that_fit_come_in_one_part(ready):
    there = [attach(ready, number) for number in range(5)]
    assert listed(ready) == [sorted(there)]


def test_more_than_a_manifest_may_have_come_in_parts_and_each_once(ready):
    there = [attach(ready, number, much="x" * 1_500_000) for number in range(3)]
    there += [attach(ready, number) for number in range(3, 6)]
    pages = listed(ready)
    assert len(pages) > 1
    assert [one for page in pages for one in page] == sorted(there)


def test_parts_keep_to_the_filter(ready, monkeypatch):
    there = [attach(ready, number) for number in range(5)]
    other = image(subject=SUBJECT, artifactType="application/vnd.example.other")
    ready.manifest("app", sha256(other), other)
    monkeypatch.setattr(document, "LARGEST", 1_500)  # of about 650 each
    pages = listed(ready, f"?artifactType={KIND.replace('+', '%2B')}")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one for page in pages for one in page] == sorted(there)


def test_letters_of_any_script_take_no_more_room_than_in_the_manifest(ready):
    attach(ready, 1, title="ё" * 500_000)
    attach(ready, 2, title="ё" * 1_200_000)
    assert sum(map(len, listed(ready))) == 2
    answer = ready("GET", f"/v2/app/referrers/{SUBJECT['digest']}")
    assert all(set(one["annotations"]["title"]) == {"ё"} for one in json.loads(answer.content)["manifests"])


def test_a_part_begins_anywhere_and_tells_nothing_of_what_is_elsewhere(ready):
    there = attach(ready, 1)
    assert listed(ready, f"?last={there}") == [[]]
    assert listed(ready, "?last=sha256:0") == [[there]]
    assert listed(ready, "?last=z") == [[]]
