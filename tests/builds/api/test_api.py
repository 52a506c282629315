"""The JSON API: what a token may read and order, and that nothing of another tenant is ever there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from builds.models import Build
from catalog.models import Release, VersionStream
from registry import push, tags
from registry.digest import Digest
from tenants import tokens
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tests.builds.golden import CUSTOMISATION
from tests.catalog import world

pytestmark = pytest.mark.django_db
ORDER = {"name": "web", "base": "python:3.13", "customisation": CUSTOMISATION}


class Caller:
    """A client of one tenant's host with an access token."""

    def __init__(self, user: User, tenant: Tenant, *actions: str) -> None:
        _, secret = tokens.issue(user=user, tenant=tenant, name="tests", actions=actions or ("pull", "build"))
        self.client = Client(
            headers={"authorization": f"Bearer {secret}", "host": f"{tenant.slug}.localhost:8000"}
        )

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", **kwargs)

    def post(self, path: str, data: Any = None) -> Any:
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json")


@pytest.fixture
def bobs(bob: User, acme: Tenant) -> Caller:
    return Caller(bob, acme)


@pytest.fixture
def charlies(charlie: User, globex: Tenant) -> Caller:
    return Caller(charlie, globex)


@pytest.fixture
def release(python: VersionStream) -> Release:
    return python.releases.get()


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
    attach(release, document, artifact_type, annotations)

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


# --- Rights ----------------------------------------------------------------------------------------

READS = [
    "images/",
    "images/python/",
    "repositories/python/tags/",
    "repositories/python/releases/",
    "golden-images/",
    "builds/",
]


@pytest.mark.parametrize("path", READS)
def test_an_anonymous_caller_is_asked_to_identify(path: str, release: Release) -> None:
    answer = Client(headers={"host": "acme.localhost:8000"}).get(f"/api/v1/{path}")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", READS)
def test_another_tenant_s_token_finds_nothing_here(path: str, charlies: Caller, release: Release) -> None:
    charlies.client.defaults["HTTP_HOST"] = "acme.localhost:8000"

    assert charlies.client.get(f"/api/v1/{path}", headers={"host": "acme.localhost:8000"}).status_code == 404


def test_builds_of_another_tenant_are_not_there(
    bobs: Caller, charlies: Caller, python: VersionStream, sent: Any
) -> None:
    build = bobs.post("builds/", ORDER).json()["id"]

    for path in (f"builds/{build}/", f"builds/{build}/log/"):
        assert charlies.get(path).status_code == 404
    assert charlies.post(f"builds/{build}/cancel/").status_code == 404
    assert charlies.get("builds/").json()["count"] == 0
    assert charlies.get("golden-images/").json()["count"] == 0
    assert charlies.get("repositories/web/tags/").status_code == 404
    assert Build.objects.get(pk=build).state == "queued"


def test_an_image_without_a_grant_is_not_there(
    bobs: Caller, charlies: Caller, python: VersionStream, acme: Tenant
) -> None:
    from catalog.offer import entitle

    secret = world.image("secret", is_free=False)
    hidden = world.released(secret.streams.get(), content=b"secret")
    entitle(tenant=acme, image=secret)

    assert bobs.get("images/secret/").status_code == 200
    for path in (
        "images/secret/",
        "repositories/secret/tags/",
        "repositories/secret/releases/",
        f"repositories/secret/releases/{hidden.digest}/",
        f"repositories/secret/releases/{hidden.digest}/sbom/",
        f"repositories/python/releases/{hidden.digest}/",
    ):
        assert charlies.get(path).status_code == 404, path
    refused = charlies.post("builds/", {**ORDER, "base": "secret:3.13"}).json()
    assert refused["errors"] == charlies.post("builds/", {**ORDER, "base": "secret:3.13"}).json()["errors"]
    assert refused["errors"][0]["code"] == "base-unknown"


def test_a_pull_token_orders_nothing(bob: User, acme: Tenant, python: VersionStream) -> None:
    caller = Caller(bob, acme, "pull")

    assert caller.get("images/").status_code == 200
    assert caller.post("builds/", ORDER).status_code == 404
    assert not Build.objects.exists()


def test_a_viewer_orders_nothing(bob: User, acme: Tenant, python: VersionStream) -> None:
    caller = Caller(bob, acme)
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)

    assert caller.post("builds/", ORDER).status_code == 404
    assert caller.post("builds/preview/", ORDER).status_code == 404
    assert not Build.objects.exists()


def test_a_signed_in_person_needs_the_csrf_token_to_order(
    bob: User, python: VersionStream, acme: Tenant
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "acme.localhost:8000"})
    client.force_login(bob, backend="tenants.signin.PlatformBackend")

    assert client.get("/api/v1/images/").status_code == 200
    answer = client.post("/api/v1/builds/", ORDER, content_type="application/json")
    assert answer.status_code in {403, 404}
    assert not Build.objects.exists()


def attach(release: Release, document: bytes, artifact_type: str, annotations: dict[str, str]) -> None:
    """Store a document as a referrer of the release."""
    import json

    for blob in (b"{}", document):
        push.store_blob(repository=release.repository, chunks=[blob], expected=Digest.of(blob))
    index = release.repository.manifest_links.get(manifest__digest=release.digest).manifest
    content = {
        "schemaVersion": 2,
        "mediaType": world.MANIFEST,
        "artifactType": artifact_type,
        "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": str(Digest.of(b"{}")),
            "size": 2,
        },
        "layers": [{"mediaType": artifact_type, "digest": str(Digest.of(document)), "size": len(document)}],
        "subject": {"mediaType": world.INDEX, "digest": release.digest, "size": index.size},
        "annotations": annotations,
    }
    push.put_manifest(
        repository=release.repository,
        content=json.dumps(content).encode(),
        media_type=world.MANIFEST,
        actor="tests",
    )
