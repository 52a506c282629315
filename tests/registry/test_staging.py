"""A build's staging: open to its worker's key alone; adopting links rows and moves no byte."""

from __future__ import annotations

from uuid import uuid4

import pytest

from registry import push, staging, storage
from registry.errors import ManifestUnknown
from registry.keys import pull_key
from registry.models import Blob, Repository, RepositoryBlob
from tests.registry.wire import Wire, basic, descriptor, image, sha256

BASE, LAYER = b"layer of the base", b"layer of the build"
PORTAL = "localhost:8000"


@pytest.fixture
def opened(shelf):
    """A staging that mounts from the shelf: its name on the wire, and a worker's wire to it."""
    shelf.image(BASE, "1")
    build = uuid4()
    _, key = staging.open_staging(build_id=build, mounts_from=shelf.repository)
    return build, f"staging/{build}", Wire(PORTAL, basic(key))


def test_the_worker_pushes_mounts_and_reads_there(opened):
    _, name, worker = opened
    worker.image(name, "1", LAYER)
    assert worker("GET", f"/v2/{name}/manifests/1").status == 200
    assert worker("POST", f"/v2/{name}/blobs/uploads/?mount={sha256(BASE)}&from=base").status == 201
    foreign = worker("POST", f"/v2/{name}/blobs/uploads/?mount={sha256(b'none of the base')}")
    assert foreign.status == 202


def test_the_key_opens_nothing_else(opened, ours, acme):
    _, name, worker = opened
    ours.image("app", "1")
    other = uuid4()
    staging.open_staging(build_id=other, mounts_from=None)
    for path in (f"staging/{other}", "acme/app", "acme/none", "platform-nginx"):
        assert worker("GET", f"/v2/{path}/manifests/1").status == 404
        assert worker("POST", f"/v2/{path}/blobs/uploads/").status == 404
    assert Wire("acme.localhost", worker.authorization)("GET", f"/v2/{name}/tags/list").status == 404
    assert worker("GET", "/v2/_catalog").status == 401


def test_the_key_for_pulling_pulls_and_does_nothing_else(opened):
    build, name, _ = opened
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    worker, reader = Wire(PORTAL, basic(key)), Wire(PORTAL, basic(pull_key(key)))
    worker.image(name, "1", LAYER)
    assert reader("GET", f"/v2/{name}/manifests/1").status == 200
    assert reader("GET", f"/v2/{name}/blobs/{sha256(LAYER)}").status == 200
    for method, path in (
        ("POST", f"{name}/blobs/uploads/"),
        ("PUT", f"{name}/manifests/2"),
        ("DELETE", f"{name}/manifests/1"),
        ("GET", "acme/none/manifests/1"),
    ):
        assert reader(method, f"/v2/{path}").status in (401, 404)
    assert worker("GET", f"/v2/{name}/manifests/1").status == 200


def test_a_token_for_the_pulling_key_covers_pulling_alone(opened):
    build, name, _ = opened
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    asked = f"/auth/token?service={PORTAL}&scope=repository:{name}:pull,push,delete"
    said = Wire(PORTAL, basic(pull_key(key)))("GET", asked).json
    assert said["scope"] == f"repository:{name}:pull"
    bearer = Wire(PORTAL, f"Bearer {said['token']}")
    assert bearer("GET", f"/v2/{name}/tags/list").status == 200
    assert bearer("POST", f"/v2/{name}/blobs/uploads/").status == 401


def test_a_second_key_ends_the_first_for_pulling(opened):
    build, name, _ = opened
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    staging.open_staging(build_id=build, mounts_from=None)
    assert Wire(PORTAL, basic(pull_key(key)))("GET", f"/v2/{name}/tags/list").status == 401


def test_a_second_key_ends_what_the_first_was_traded_for(opened):
    build, name, _ = opened
    scope = f"repository:{name}:pull,push"
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    earlier = Wire(PORTAL).bearer(key, scope)
    assert earlier("POST", f"/v2/{name}/blobs/uploads/").status == 202
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    assert earlier("POST", f"/v2/{name}/blobs/uploads/").status == 401
    assert Wire(PORTAL).bearer(key, scope)("POST", f"/v2/{name}/blobs/uploads/").status == 202


def test_nobody_else_sees_it(opened, secret):
    _, name, worker = opened
    worker.image(name, "1", LAYER)
    assert Wire(PORTAL)("GET", f"/v2/{name}/manifests/1").status == 401
    owner = Wire(PORTAL, basic(secret))
    assert owner("GET", f"/v2/{name}/manifests/1").status == 404
    assert owner("POST", f"/v2/{name}/blobs/uploads/").status == 404


def test_a_second_key_ends_the_first(opened):
    build, name, worker = opened
    _, key = staging.open_staging(build_id=build, mounts_from=None)
    assert worker("GET", f"/v2/{name}/tags/list").status == 401
    assert Wire(PORTAL, basic(key))("GET", f"/v2/{name}/tags/list").status == 200


def test_adopting_links_everything_about_the_image_and_moves_no_byte(opened, shelf):
    build, name, worker = opened
    digest = worker.image(name, "1", LAYER)
    subject = {**descriptor(image(LAYER)), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    referrer = worker.image(name, "", b"signature", subject=subject)
    companion = f"sha256-{digest.partition(':')[2]}.sig"
    worker.image(name, companion, b"older signature")
    worker.image(name, "stray", b"something else")
    before = {path: path.stat().st_mtime_ns for path in storage.current().root.rglob("*") if path.is_file()}
    source = Repository.objects.get(name=name)
    adopted = staging.adopt(staging=source, target=shelf.repository, digest=digest)
    staging.close_staging(build_id=build)
    assert adopted.digest == digest
    linked = set(shelf.repository.manifest_links.values_list("manifest__digest", flat=True))
    assert {digest, referrer, sha256(image(b"older signature"))} <= linked
    assert sha256(image(b"something else")) not in linked
    assert shelf.repository.tags.filter(name=companion).exists()
    blobs = RepositoryBlob.objects.filter(repository=shelf.repository)
    assert blobs.filter(blob__digest=sha256(LAYER)).exists()
    assert not blobs.filter(blob__digest=sha256(b"something else")).exists()
    assert before == {
        path: path.stat().st_mtime_ns for path in storage.current().root.rglob("*") if path.is_file()
    }
    assert worker("GET", f"/v2/{name}/manifests/1").status == 401


def test_what_staging_does_not_hold_is_not_adopted(opened, shelf):
    _, name, _ = opened
    source = Repository.objects.get(name=name)
    other = Repository.objects.create(name="other")
    for content in (b"{}", b"layer"):
        push.store_blob(repository=other, chunks=[content])
    kept = push.put_manifest(
        repository=other, content=image(), media_type="application/vnd.oci.image.manifest.v1+json", actor="x"
    )
    with pytest.raises(ManifestUnknown):
        staging.adopt(staging=source, target=shelf.repository, digest=kept.digest)


def test_closing_ends_uploads_and_leaves_blobs_to_collection(opened, django_capture_on_commit_callbacks):
    build, name, worker = opened
    worker("POST", f"/v2/{name}/blobs/uploads/")
    worker.blob(name, LAYER)
    with django_capture_on_commit_callbacks(execute=True):
        staging.close_staging(build_id=build)
        staging.close_staging(build_id=build)
    assert not list((storage.current().root / "uploads").iterdir())
    assert Blob.objects.filter(digest=sha256(LAYER), repository_links=None).exists()
