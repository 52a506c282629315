"""The state machine: each step acts through the registry's own doors, then looks whether the model holds."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import time_machine
from django.conf import settings
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from registry import collect, grants, memory, push, tags
from registry.models import Repository
from tenants.models import AccessToken, Tenant
from tests.registry.clocks import remembering
from tests.registry.machine.model import Document, Model, Rule, Shelf
from tests.registry.wire import Wire, descriptor, image, index, sha256

BEGAN = datetime(2026, 8, 22, 10, tzinfo=UTC)
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
TENANTS, NAMES, TAGS = ("acme", "globex"), ("a", "b"), ("1", "1.5", "2", "latest")
GRANTED = "base"
LAYERS = [f"layer {number}".encode() for number in range(5)]
EMPTY = sha256(b"{}")
#: What is looked at after each step; everything is after a collection.
GLANCES = 4

tenants, names, tag_names = st.sampled_from(TENANTS), st.sampled_from(NAMES), st.sampled_from(TAGS)
layers = st.sampled_from(LAYERS)


@dataclass(frozen=True, slots=True)
class World:
    """Tenants that exist, and a wire of someone who may push in each."""

    tenants: dict[str, Tenant]
    wires: dict[str, Wire]


class RegistryMachine(RuleBasedStateMachine):
    """`world` is set by `machine_for`."""

    world: World
    #: Of all machines of this process.
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.model, self.chance = Model(), random.Random(0)
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self._travel = time_machine.travel(BEGAN, tick=False)
        self.time = self._travel.start()
        self._memory = remembering()
        self.clock = self._memory.__enter__()
        self.platform = Repository.objects.create(name="platform-base")
        # The machine waits for years, whatever day it is outside: whose credentials end is tested elsewhere.
        AccessToken.unscoped.update(expires_at=NEVER)

    def teardown(self) -> None:
        try:
            self.everything_is_as_it_should()
            self._at_the_end_only_what_tags_need_is_left()
        finally:
            self._memory.__exit__(None, None, None)
            self._travel.stop()
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)
            for path in list(_store().rglob("*")):
                if path.is_file():
                    path.unlink()

    @property
    def now(self) -> datetime:
        return datetime.now(tz=UTC)

    # What is done.

    @rule(tenant=tenants, name=names, layer=layers, tag=st.none() | tag_names)
    def push_image(self, tenant: str, name: str, layer: bytes, tag: str | None) -> None:
        self._push_blobs(tenant, name, b"{}", layer)
        self._put(tenant, name, image(layer), tag, blobs={EMPTY, sha256(layer)})

    @rule(tenant=tenants, name=names, tag=tag_names, layer=layers)
    def push_referrer(self, tenant: str, name: str, tag: str, layer: bytes) -> None:
        subject = self._shelf(tenant, name).tags.get(tag)
        if subject is None:
            return
        told = {**descriptor(self.model.documents[subject].content), "mediaType": self.model.type_of(subject)}
        self._push_blobs(tenant, name, b"{}", layer)
        content = image(layer, subject=told, artifactType="example/note")
        self._put(tenant, name, content, None, blobs={EMPTY, sha256(layer)}, subject=subject)

    @rule(tenant=tenants, name=names, tag=tag_names)
    def push_index_of_all(self, tenant: str, name: str, tag: str) -> None:
        found = sorted(self._present(tenant, name))[:3]
        contents = [self.model.documents[one].content for one in found]
        if contents and all(b'"layers"' in one for one in contents):
            self._put(tenant, name, index(*contents), tag, children=set(found))

    @rule(tenant=tenants, source=names, into=names, layer=layers, is_named=st.booleans())
    def mount_own(self, tenant: str, source: str, into: str, layer: bytes, is_named: bool) -> None:
        has = {name: sha256(layer) in self._shelf(tenant, name).blobs for name in NAMES}
        must = sha256(layer) in self.model.needed_blobs(self._shelf(tenant, source), self.now)
        said = self._mount(tenant, into, layer, source if is_named else "")
        may = has[source] if is_named else any(has.values())
        assert said == 202 if not may else said == 201 or not must

    @rule(tenant=tenants, into=names, layer=layers)
    def mount_granted(self, tenant: str, into: str, layer: bytes) -> None:
        shown = sha256(layer) in self.model.held(self.model.shown(tenant, self.now))
        assert self._mount(tenant, into, layer, GRANTED) == (201 if shown else 202)

    @rule(tenant=tenants, name=names, tag=tag_names)
    def delete_tag(self, tenant: str, name: str, tag: str) -> None:
        shelf = self._shelf(tenant, name)
        said = self._wire(tenant)("DELETE", f"/v2/{name}/manifests/{tag}").status
        assert said == (202 if tag in shelf.tags else 404)
        shelf.move(tag, None, self.now)
        self._settle()

    @rule(tenant=tenants, name=names, tag=tag_names)
    def delete_manifest(self, tenant: str, name: str, tag: str) -> None:
        shelf = self._shelf(tenant, name)
        if digest := shelf.tags.get(tag):
            assert self._wire(tenant)("DELETE", f"/v2/{name}/manifests/{digest}").status == 202
            shelf.drop_manifest(digest, self.now)
            for blob in self.model.documents[digest].blobs & shelf.blobs.keys():
                shelf.blobs[blob] = self.now  # kept as long as after an upload
        self._settle()

    @rule(tenant=tenants, name=names, layer=layers)
    def delete_blob(self, tenant: str, name: str, layer: bytes) -> None:
        shelf, digest = self._shelf(tenant, name), sha256(layer)
        must = digest in self.model.needed_blobs(shelf, self.now)
        said = self._wire(tenant)("DELETE", f"/v2/{name}/blobs/{digest}").status
        assert said == 202 if must else said == 404 or digest in shelf.blobs
        shelf.blobs.pop(digest, None)
        self._settle()

    @rule(layer=layers, tag=tag_names)
    def publish(self, layer: bytes, tag: str) -> None:
        content = image(layer, annotations={"by": "the platform"})
        for blob in (b"{}", layer):
            push.store_blob(repository=self.platform, chunks=[blob])
            self.model.layers[sha256(blob)] = blob
            self.model.platform.blobs[sha256(blob)] = self.now
        media_type = json.loads(content)["mediaType"]
        kept = push.put_manifest(
            repository=self.platform, content=content, media_type=media_type, actor="publish"
        )
        tags.move(repository=self.platform, name=tag, manifest=kept, actor="publish")
        self.model.documents[kept.digest] = Document(content, frozenset({EMPTY, sha256(layer)}))
        self.model.platform.manifests[kept.digest] = self.now
        self.model.platform.move(tag, kept.digest, self.now)
        self._settle()

    @rule(tenant=tenants, pattern=st.sampled_from(["*", "1*", "2"]), is_latest_only=st.booleans())
    def grant(self, tenant: str, pattern: str, is_latest_only: bool) -> None:
        grants.grant(
            tenant=self.world.tenants[tenant],
            repository=self.platform,
            name=GRANTED,
            tag_patterns=[pattern],
            is_latest_only=is_latest_only,
        )
        known = self.model.grants.get(tenant)
        self.model.grants[tenant] = Rule(pattern, is_latest_only, known.begun if known else self.now)
        self._settle()

    @rule(tenant=tenants)
    def revoke(self, tenant: str) -> None:
        grants.revoke(tenant=self.world.tenants[tenant], repository=self.platform)
        self.model.grants.pop(tenant, None)
        self._settle()

    @rule(tenant=tenants, name=names)
    def abandon_an_upload(self, tenant: str, name: str) -> None:
        begun = self._wire(tenant)("POST", f"/v2/{name}/blobs/uploads/")
        assert self._wire(tenant)("PATCH", begun.headers["location"], b"never finished").status == 202
        self._settle()

    @rule(hours=st.sampled_from([1, 25, 24 * 45, 24 * 91]), is_collected=st.booleans())
    def wait(self, hours: int, is_collected: bool) -> None:
        self.time.shift(timedelta(hours=hours))
        self._settle()
        if is_collected:
            self.collect()

    def collect(self) -> None:
        collect.collect()
        self._settle()
        self.everything_is_as_it_should()
        self._forget_what_was_collected()

    # What must hold.

    def everything_is_as_it_should(self) -> None:
        for look in self._looks():
            look()

    def _looks(self) -> list[Callable[[], None]]:
        """One look for each digest at each name of each tenant, and for each tag."""
        found: list[Callable[[], None]] = []
        for tenant in TENANTS:
            for name in (*NAMES, GRANTED):
                must, may = self._manifests(tenant, name)
                must_blobs, may_blobs = self._blobs(tenant, name)
                at = partial(self._look, tenant, name)
                found += [partial(at, "manifests", one, must, may) for one in self.model.documents]
                found += [partial(at, "blobs", one, must_blobs, may_blobs) for one in self.model.layers]
                found.append(partial(self._tags_are_right, tenant, name))
        return found

    def _look(self, tenant: str, name: str, kind: str, digest: str, must: set[str], may: set[str]) -> None:
        said = self._wire(tenant)("GET", f"/v2/{name}/{kind}/{digest}")
        assert said.status in (200, 404), said.content
        if digest in must:
            assert said.status == 200, f"lost: {tenant} {name} {kind} {digest}"
        if digest not in may:
            assert said.status == 404, f"leaked: {tenant} {name} {kind} {digest}"
        if said.status == 200:
            assert said.content == self._content(digest)

    def _tags_are_right(self, tenant: str, name: str) -> None:
        rule_ = self.model.grants.get(tenant)
        if name == GRANTED:
            wanted = {
                tag: digest for tag, digest in self.model.platform.tags.items() if rule_ and rule_.shows(tag)
            }
        else:
            wanted = self._shelf(tenant, name).tags
        said = self._wire(tenant)("GET", f"/v2/{name}/tags/list")
        assert (said.json["tags"] if said.status == 200 else []) == sorted(wanted)
        for tag in TAGS:
            got = self._wire(tenant)("GET", f"/v2/{name}/manifests/{tag}")
            assert (got.content if got.status == 200 else None) == (
                self._content(wanted[tag]) if tag in wanted else None
            )

    def _manifests(self, tenant: str, name: str) -> tuple[set[str], set[str]]:
        if name == GRANTED:
            shown = self.model.shown(tenant, self.now)
            return shown, shown
        shelf = self._shelf(tenant, name)
        return self.model.needed(shelf, self.now), set(shelf.manifests)

    def _blobs(self, tenant: str, name: str) -> tuple[set[str], set[str]]:
        if name == GRANTED:
            shown = self.model.held(self.model.shown(tenant, self.now))
            return shown, shown
        shelf = self._shelf(tenant, name)
        return self.model.needed_blobs(shelf, self.now), set(shelf.blobs)

    def _forget_what_was_collected(self) -> None:
        """What was not needed may be gone; from now on it must be, if it is."""
        for (tenant, name), shelf in self.model.shelves.items():
            for kind, held in (("manifests", shelf.manifests), ("blobs", shelf.blobs)):
                for digest in list(held):
                    if self._wire(tenant)("HEAD", f"/v2/{name}/{kind}/{digest}").status == 404:
                        del held[digest]
        present = self.platform.manifest_links.values_list("manifest__digest", flat=True)
        for digest in self.model.platform.manifests.keys() - set(present):
            assert digest not in self.model.needed(self.model.platform, self.now), "lost by the platform"
            del self.model.platform.manifests[digest]

    def _at_the_end_only_what_tags_need_is_left(self) -> None:
        for _ in range(4):
            self.time.shift(timedelta(days=100))
            self.clock.pass_(memory.REVOKED)
            collect.collect()
        files = {path.name.partition(".")[0] for path in (_store() / "blobs").rglob("*") if path.is_file()}
        assert files == {digest.partition(":")[2] for digest in self.model.kept_for_good()}
        uploads = _store() / "uploads"
        assert not uploads.is_dir() or not list(uploads.iterdir())

    # How it is done.

    def _wire(self, tenant: str) -> Wire:
        return self.world.wires[tenant]

    def _shelf(self, tenant: str, name: str) -> Shelf:
        return self.model.shelves.setdefault((tenant, name), Shelf())

    def _content(self, digest: str) -> bytes:
        layer = self.model.layers.get(digest)
        return self.model.documents[digest].content if layer is None else layer

    def _present(self, tenant: str, name: str) -> set[str]:
        return self.model.needed(self._shelf(tenant, name), self.now)

    def _push_blobs(self, tenant: str, name: str, *contents: bytes) -> None:
        for content in contents:
            digest = self._wire(tenant).blob(name, content)
            self.model.layers[digest] = content
            self._shelf(tenant, name).blobs[digest] = self.now

    def _put(
        self,
        tenant: str,
        name: str,
        content: bytes,
        tag: str | None,
        *,
        blobs: set[str] | None = None,
        children: set[str] | None = None,
        subject: str = "",
    ) -> None:
        digest, shelf = sha256(content), self._shelf(tenant, name)
        said = self._wire(tenant).manifest(name, tag or digest, content)
        assert said.status == 201, said.content
        held, listed = frozenset(blobs or ()), frozenset(children or ())
        self.model.documents[digest] = Document(content, held, listed, subject)
        shelf.manifests[digest] = self.now
        if tag is not None:
            shelf.move(tag, digest, self.now)
        self._settle()

    def _mount(self, tenant: str, target: str, layer: bytes, source: str) -> int:
        digest = sha256(layer)
        query = f"mount={digest}" + (f"&from={source}" if source else "")
        said = self._wire(tenant)("POST", f"/v2/{target}/blobs/uploads/?{query}")
        if said.status == 201:
            self._shelf(tenant, target).blobs[digest] = self.now
        self._settle()
        return said.status

    def _settle(self) -> None:
        """Let everything that was remembered expire, and glance at a few places."""
        type(self).steps += 1
        self.time.shift(timedelta(seconds=10))
        self.clock.pass_(memory.REVOKED)
        looks = self._looks()
        for look in self.chance.sample(looks, min(GLANCES, len(looks))):
            look()


def _store() -> Path:
    return Path(settings.STORAGE_ROOT)


def machine_for(world: World) -> type[RegistryMachine]:
    return type("Machine", (RegistryMachine,), {"world": world})
