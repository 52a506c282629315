"""What tests of signing and publishing share: a portal that answers HTTP, a small image, a build of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import tarfile
from pathlib import Path
from uuid import UUID

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread

from builds import lease, progress
from builds.models import Build
from catalog.models import Image, VersionStream
from registry.grants import grant
from registry.models import Repository
from registry.push import put_manifest, store_blob
from tests.people import acme, alice, bob, charlie, globex  # noqa: F401

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
NOW = 1_700_000_000


def need(path: Path | str | None, what: str) -> str:
    """The path of a program, or a skip with its reason (a failure where CI=true)."""
    if path and Path(path).exists():
        return str(path)
    reason = f"{what} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def own_places(tmp_path, settings):
    """Each test has its own blobs, keys and queue."""
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.SIGNING_ROOT = tmp_path / "signing"
    settings.TOKEN_KEY_PATH = tmp_path / "token.pem"
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def woken(monkeypatch):
    """The messages that were sent to workers and signer, in order: (task, arguments)."""
    from builds import wake

    sent = []
    monkeypatch.setattr(wake, "worker", lambda *given: sent.append(("run", *given)))
    monkeypatch.setattr(wake, "signer", lambda *given: sent.append(("sign", *given)))
    return sent


@pytest.fixture
def portal(transactional_db, settings):
    """A portal on a free loopback port, over the test's database; gives "127.0.0.1:<port>"."""
    from portal.wsgi import application

    shared = {}
    for connection in connections.all():
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            connection.inc_thread_sharing()
            shared[connection.alias] = connection
    thread = LiveServerThread("127.0.0.1", lambda _: application, connections_override=shared)
    thread.server_class = ThreadedWSGIServer
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    host = f"127.0.0.1:{thread.port}"
    settings.INTERNAL_URL = f"http://{host}"
    yield host
    thread.terminate()
    for connection in shared.values():
        connection.dec_thread_sharing()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def package(name: str, version: str, because: str = "", **more) -> dict:
    sha256 = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return {
        "name": name, "version": version, "architecture": "amd64", "source": name, "source_version": version,
        "sha256": sha256, "size": 1000, "installed_size": 4000, "path": f"pool/main/{name}_{version}_amd64.deb",
        "origin": "debian", "because": because, "inherited": False, **more,
    }  # fmt: skip


def lock_of(*packages: dict) -> dict:
    return {
        "format": "deb", "suite": "trixie", "snapshot": "sha256:" + "1" * 64, "epoch": NOW,
        "packages": {"amd64": list(packages)}, "engine": "1", "recipes": "sha256:" + "2" * 64,
        "plan": "sha256:" + "3" * 64, "elided": [],
    }  # fmt: skip


LOCK = lock_of(package("python3.13", "3.13.5-2"), package("libc6", "2.41-12", "python3.13"))


def spec_of(**said) -> dict:
    from builds.engine.spec import Spec

    return Spec.from_json({"suite": "trixie", "packages": ["python3.13"], "user": "65532", **said}).to_json()


def push_image(repository: Repository, content: str = "hello", **config) -> dict:
    """Push an index with one small amd64 image; give the result a worker would report."""
    tar = _tar_of(content)
    layer = gzip.compress(tar, mtime=0)
    document = {
        "architecture": "amd64", "os": "linux",
        "config": {"User": "65532:65532", "Env": ["PATH=/usr/bin"], **config},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest()]},
    }  # fmt: skip
    layer_blob = store_blob(repository=repository, chunks=[layer])
    config_bytes = json.dumps(document).encode()
    config_blob = store_blob(repository=repository, chunks=[config_bytes])
    manifest = {
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config_blob.digest, "size": len(config_bytes)},
        "layers": [{"mediaType": LAYER, "digest": layer_blob.digest, "size": len(layer)}],
    }  # fmt: skip
    put = put_manifest(
        repository=repository, content=json.dumps(manifest).encode(), media_type=MANIFEST, actor="worker"
    )
    index = {
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [
            {"mediaType": MANIFEST, "digest": put.digest, "size": put.size,
             "platform": {"os": "linux", "architecture": "amd64"}},
        ],
    }  # fmt: skip
    top = put_manifest(
        repository=repository, content=json.dumps(index).encode(), media_type=INDEX, actor="worker"
    )
    return _result(top.digest, put.digest, config_blob.digest, len(layer))


def _tar_of(content: str) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        data = content.encode()
        info = tarfile.TarInfo("hello.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def _result(index: str, manifest: str, config: str, size: int) -> dict:
    """What a worker reports of an index with one image."""
    return {
        "index": index, "media_type": INDEX,
        "platforms": {"amd64": {"digest": manifest, "size": size, "config_digest": config,
                                "layers": []}},
        "packages": pieces_of(LOCK),
        "tests": {"runner": "runc", "passed": 1, "total": 1, "architectures": ["amd64"],
                  "checks": [{"name": "starts", "passed": True, "evidence": "3.13.5", "seconds": 0.1}]},
        "scan": {"findings": [], "rules": "sha256:" + "4" * 64}, "timings": {},
    }  # fmt: skip


def pieces_of(lock: dict) -> list[dict]:
    return [
        {"name": one["name"], "version": one["version"], "architecture": one["architecture"],
         "source": one["source"], "source_version": one["source_version"], "sha256": one["sha256"],
         "licences": ["GPL-2+", "Expat"], "supplier": "Debian Team <team@example.org>",
         "homepage": "https://example.org/", "purl": f"pkg:deb/debian/{one['name']}@{one['version']}",
         "platform": "amd64", "fixes": [["1-1", "2026-08-01", ["CVE-2026-1"]]]}
        for one in lock["packages"]["amd64"]
    ]  # fmt: skip


@pytest.fixture
def stream(db) -> VersionStream:
    repository = Repository.objects.create(name="python")
    image = Image.objects.create(
        name="python", title="Python", summary="Python", category="language", repository=repository
    )
    return VersionStream.objects.create(
        image=image, name="3.13", aliases=["3", "latest"], is_latest=True, spec=spec_of()
    )


def order(stream: VersionStream, **values) -> Build:
    """A queued build of a stream, with its staging."""
    values = {"spec": spec_of(), "lock": LOCK, "ordered_by": "tests", **values}
    build = Build.objects.create(stream=stream, **values)
    lease.enqueue(build=build)
    build.refresh_from_db()
    return build


def staging_of(build: Build) -> Repository:
    return Repository.objects.get(name=f"staging/{build.id}")


@pytest.fixture
def built(stream, woken, django_capture_on_commit_callbacks):
    """Makes builds that wait for the signer; call it with changes to the result or the image's config."""

    def make(change=None, content="hello", build=None, **config) -> Build:
        with django_capture_on_commit_callbacks(execute=True):
            build = build or order(stream)
        key = key_of(woken, build.id)
        with django_capture_on_commit_callbacks(execute=True):
            lease.claim(build_id=build.id, key=key, worker="tests")
            result = push_image(staging_of(build), content, **config)
            if change:
                change(result)
            progress.finish(build_id=build.id, key=key, result=result)
        build.refresh_from_db()
        return build

    return make


def key_of(woken: list, build_id: UUID) -> str:
    """The key that the newest message to a worker carries."""
    return next(
        key for task, found, key in reversed([m for m in woken if m[0] == "run"]) if found == str(build_id)
    )


def give(stream: VersionStream, tenant) -> None:
    grant(tenant=tenant, repository=stream.image.repository, name=stream.image.name)


def client(name: str) -> str:
    return need(Path.home() / ".cache/assay/clients" / name, name)


def program(name: str) -> str:
    return need(shutil.which(name), name)
