"""The JSON API: what a token may read and order. Who may not: `test_rights`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from builds.models import Build
from catalog.models import Image, Release, VersionStream
from registry import tags
from tenants import tokens
from tenants.models import Tenant, User
from tests.builds.api.caller import ORDER, Caller
from tests.catalog import world

pytestmark = pytest.mark.django_db


def test_images_are_listed_with_what_to_pull(bobs: Caller, release: Release) -> None:
    answer = bobs.get("images/")

    [image] = answer.json()["results"]
    assert image["name"] == "python"
    assert image["reference"] == "acme.localhost:8000/python"
    assert image["streams"][0] == {
        "tag": "3.13",
        "variant": "runtime",
        "aliases": ["3", "latest"],
        "is_latest": True,
        "eol_on": None,
        "digest": release.digest,
        "version": release.version,
        "published_at": "2026-08-22T10:00:00Z",
    }


def test_by_path_the_reference_names_the_tenant(bob: User, acme: Tenant, release: Release) -> None:
    _, secret = tokens.issue(user=bob, tenant=acme, name="tests", actions=["pull"])

    client = Client(headers={"authorization": f"Bearer {secret}", "host": "localhost:8000"})

    [image] = client.get("/acme/api/v1/images/").json()["results"]
    assert image["reference"] == "localhost:8000/acme/python"


def test_the_commands_of_a_description_name_what_to_pull(bobs: Caller, release: Release) -> None:
    Image.objects.update(description="    docker run @image@")
    described = bobs.get("images/python/").json()["description"]
    assert described == "    docker run acme.localhost:8000/python"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=pyth", 1),
        ("q=library/python", 1),
        ("q=ruby", 0),
        ("category=language", 1),
        ("category=web", 0),
    ],
)
def test_images_are_found_by_words_and_category(
    bobs: Caller, release: Release, query: str, found: int
) -> None:
    assert bobs.get(f"images/?{query}").json()["count"] == found


def test_listing_images_takes_the_same_queries_for_many(
    bobs: Caller, release: Release, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        world.released(world.image(f"image{number}").streams.get(), content=b"%d" % number)

    with django_assert_max_num_queries(12):
        assert bobs.get("images/").json()["count"] == 9


def test_one_image_says_what_it_replaces(bobs: Caller, release: Release) -> None:
    assert bobs.get("images/python/").json()["replaces"] == ["docker.io/library/python"]


def test_tags_come_with_their_digests(bobs: Caller, release: Release) -> None:
    found = {tag["name"]: tag for tag in bobs.get("repositories/python/tags/").json()["results"]}

    assert set(found) == {"3", "3.13", "latest", release.unique_tag}
    assert {tag["digest"] for tag in found.values()} == {release.digest}
    assert [name for name, tag in found.items() if tag["is_immutable"]] == [release.unique_tag]


def test_a_held_tag_shows_the_digest_that_is_held(bobs: Caller, release: Release, acme: Tenant) -> None:
    grant = acme.grants.get()
    assert release.stream is not None
    newer = world.released(release.stream, content=b"newer")
    manifest = tags.history(release.repository, "3.13").last().manifest  # type: ignore[union-attr]
    grant.held_tags.create(name="3.13", manifest=manifest)

    found = {tag["name"]: tag for tag in bobs.get("repositories/python/tags/").json()["results"]}

    assert (found["3.13"]["digest"], found["3.13"]["is_held"]) == (release.digest, True)
    assert (found["latest"]["digest"], found["latest"]["is_held"]) == (newer.digest, False)


def test_tags_come_in_pages(bobs: Caller, release: Release) -> None:
    page = bobs.get("repositories/python/tags/?page_size=2&page=2").json()

    assert page["count"] == 4
    assert [tag["name"] for tag in page["results"]] == sorted(["3", "3.13", release.unique_tag, "latest"])[2:]


def test_releases_come_newest_first(bobs: Caller, release: Release) -> None:
    assert release.stream is not None
    newer = world.released(release.stream, content=b"newer")

    found = bobs.get("repositories/python/releases/").json()["results"]

    assert [item["digest"] for item in found] == [newer.digest, release.digest]
    assert found[0]["platforms"][0]["architecture"] == "amd64"
    assert found[0]["tests"]["passed"] == 5


def test_a_latest_only_grant_shows_no_older_release(bobs: Caller, release: Release, acme: Tenant) -> None:
    assert release.stream is not None
    newer = world.released(release.stream, content=b"newer")
    acme.grants.update(is_latest_only=True)

    found = bobs.get("repositories/python/releases/").json()["results"]

    assert [item["digest"] for item in found] == [newer.digest]
    assert bobs.get(f"repositories/python/releases/{release.digest}/").status_code == 404
    assert bobs.get(f"repositories/python/releases/{release.digest}/sbom/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "artifact_type", "annotations"),
    [
        ("sbom", "application/spdx+json", {}),
        (
            "provenance",
            "application/vnd.in-toto+json",
            {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
        ),
    ],
)
def test_evidence_is_downloaded_byte_for_byte(
    bobs: Caller, release: Release, kind: str, artifact_type: str, annotations: dict[str, str]
) -> None:
    document = b'{"what": "%s"}' % kind.encode()
    world.attach(release.repository, release.digest, document, artifact_type, annotations)

    answer = bobs.get(f"repositories/python/releases/{release.digest}/{kind}/")

    assert answer.status_code == 200
    assert answer.content == document
    assert answer["Content-Type"] == artifact_type
    assert f'filename="python-{release.unique_tag}' in answer["Content-Disposition"]
    asked = bobs.get(
        f"repositories/python/releases/{release.digest}/{kind}/", headers={"accept": artifact_type}
    )
    assert asked.status_code == 200


def test_evidence_that_is_not_there_is_a_problem_document(bobs: Caller, release: Release) -> None:
    answer = bobs.get(f"repositories/python/releases/{release.digest}/sbom/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    missing = bobs.get(f"repositories/python/releases/{release.digest}/sbom/?architecture=s390x")
    assert missing.status_code == 404


def test_a_preview_shows_the_solved_packages(bobs: Caller, python: VersionStream) -> None:
    answer = bobs.post("builds/preview/", {"base": "python:latest", "customisation": {"packages": ["curl"]}})

    assert answer.status_code == 200
    assert answer.json()["is_buildable"]
    assert [item["name"] for item in answer.json()["packages"] if item["is_new"]] == [
        "curl", "libcurl4", "zlib1g",
    ]  # fmt: skip


def test_a_build_is_ordered_and_read(bobs: Caller, python: VersionStream, sent: Any) -> None:
    answer = bobs.post("builds/", ORDER)

    assert answer.status_code == 202
    build = answer.json()
    assert (build["name"], build["revision"], build["state"]) == ("web", 1, "queued")
    again = bobs.get(f"builds/{build['id']}/").json()
    assert again["steps"][0]["name"] == "fetch"
    assert bobs.get("builds/").json()["count"] == 1
    assert bobs.get("golden-images/").json()["results"][0]["newest"]["number"] == 1


def test_what_was_asked_for_arrives_unchanged(bobs: Caller, python: VersionStream, sent: Any) -> None:
    bobs.post(
        "builds/", {**ORDER, "customisation": {"cmd": [" a ", ""], "env": {"A": " x "}, "labels": {"l": ""}}}
    )

    build = Build.objects.get()
    assert build.spec["cmd"] == [" a ", ""]
    assert build.spec["env"] == {"A": " x "}
    assert build.spec["labels"] == {"l": ""}


def test_the_log_is_read_from_a_line_on(bobs: Caller, python: VersionStream, sent: Any) -> None:
    build = Build.objects.get(pk=bobs.post("builds/", ORDER).json()["id"])
    for number in (1, 2, 3):
        build.log.create(number=number, at=build.ordered_at, step="fetch", text=f"line {number}")

    found = bobs.get(f"builds/{build.id}/log/?after=1").json()["results"]

    assert [line["text"] for line in found] == ["line 2", "line 3"]
    assert bobs.get(f"builds/{build.id}/log/?after=x").status_code == 400


def test_a_build_is_cancelled_once(bobs: Caller, python: VersionStream, sent: Any) -> None:
    build = bobs.post("builds/", ORDER).json()["id"]

    assert bobs.post(f"builds/{build}/cancel/").json()["state"] == "cancelled"
    again = bobs.post(f"builds/{build}/cancel/")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:assay:error:build-not-cancellable"


def test_a_refused_order_is_a_problem_document_by_field(
    bobs: Caller, python: VersionStream, sent: Any
) -> None:
    answer = bobs.post("builds/", {**ORDER, "customisation": {"labels": {"team": "a\nb"}}})

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:assay:error:order-refused"
    assert problem["errors"][0]["field"] == "labels.team"
    assert not Build.objects.exists()


def test_a_mistyped_key_is_refused_not_dropped(bobs: Caller, python: VersionStream, sent: Any) -> None:
    answer = bobs.post("builds/", {**ORDER, "customisation": {"pakages": ["curl"]}})

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:assay:error:invalid"
    assert answer.json()["errors"][0]["field"] == "customisation.pakages"


@pytest.mark.parametrize("base", ["ruby:3", "python:9", "", ":", "python:3.13:x"])
def test_a_base_that_is_not_there_is_said(bobs: Caller, python: VersionStream, base: str) -> None:
    answer = bobs.post("builds/", {**ORDER, "base": base})

    assert answer.status_code in {400, 422}
    assert answer.json()["errors"][0]["field"] == "base"


def test_without_an_index_the_caller_is_told_when_to_come_back(
    bobs: Caller, python: VersionStream, settings: Any, tmp_path: Any
) -> None:
    settings.SNAPSHOT_ROOT = tmp_path / "none"

    answer = bobs.post("builds/", ORDER)

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer.json()["type"] == "urn:assay:error:index-not-ready"


def test_broken_json_is_a_problem_document(bobs: Caller, python: VersionStream) -> None:
    answer = bobs.post("builds/", b"{")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
