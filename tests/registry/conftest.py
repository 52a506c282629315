"""Tokens and wires for acme (alice's) and globex (charlie's), with storage of their own."""

from __future__ import annotations

import pytest

from registry import push, storage, tags
from registry.models import Manifest, Repository
from tenants import tokens
from tests.people import acme, alice, bob, charlie, globex, person
from tests.registry.wire import Wire, image, index
from tests.servers.objects import URL, ObjectServer, object_server

__all__ = ["acme", "alice", "bob", "charlie", "globex", "person"]


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.TOKEN_KEY_PATH = tmp_path / "token.pem"
    settings.PORTAL_HOST = "localhost:8000"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """An object store, for all tests of the group `object-store`."""
    with object_server(tmp_path_factory.mktemp("objects") / "log") as server:
        yield server


@pytest.fixture
def _objects(server: ObjectServer, settings, monkeypatch):
    """Blobs are kept there; the bucket is empty, and the store was opened for this test."""
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    settings.OBJECT_STORE, settings.OBJECT_STORE_ALLOW_HTTP = URL, True
    storage._objects.cache_clear()
    yield
    storage._objects.cache_clear()
    server.empty()


@pytest.fixture
def secret(acme, alice):
    return tokens.issue(user=alice, tenant=acme, name="ci", actions=["pull", "push"])[1]


@pytest.fixture
def foreign_secret(globex, charlie):
    return tokens.issue(user=charlie, tenant=globex, name="ci", actions=["pull", "push"])[1]


@pytest.fixture
def ours(secret):
    return Wire("acme.localhost").as_token(secret)


@pytest.fixture
def theirs(foreign_secret):
    return Wire("globex.localhost").as_token(foreign_secret)


@pytest.fixture
def nobody(acme):
    return Wire("acme.localhost")


class Shelf:
    """A platform repository that tests publish to."""

    def __init__(self, name: str) -> None:
        self.repository = Repository.objects.create(name=name)

    def publish(self, content: bytes, layer: bytes, *tag_names: str, companion: str = "") -> Manifest:
        for blob in (b"{}", layer):
            push.store_blob(repository=self.repository, chunks=[blob])
        put = {"repository": self.repository, "actor": "publish", "media_type": _type(content)}
        manifest = push.put_manifest(content=content, **put)
        for name in (*tag_names, *([companion] if companion else [])):
            tags.move(repository=self.repository, name=name, manifest=manifest, actor="publish")
        return manifest

    def image(self, layer: bytes, *tag_names: str, **more) -> Manifest:
        return self.publish(image(layer, **more), layer, *tag_names)

    def index(self, layer: bytes, *tag_names: str) -> Manifest:
        child = image(layer)
        self.publish(child, layer)
        return self.publish(index(child), layer, *tag_names)


def _type(content: bytes) -> str:
    import json

    return json.loads(content)["mediaType"]


@pytest.fixture
def shelf(db):
    return Shelf("platform-nginx")
