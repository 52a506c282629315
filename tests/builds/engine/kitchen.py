"""All that a build needs, made up: packages on disk, a store, recipes, a plan. And a foreign look at results."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from builds.engine.build import build
from builds.engine.built import BuiltImage, PlatformImage
from builds.engine.lock import Lock, LockedPackage
from builds.engine.plan import Plan
from builds.engine.recipes import PackageRecipe, RecipeBook
from builds.engine.spec import Spec
from builds.engine.spec.values import BaseImage
from builds.engine.store import Store
from builds.engine.version import ENGINE_VERSION
from tests.builds.engine.debs import Deb, put

EPOCH = 1_750_000_000
NO_BOOK = RecipeBook(recipes={}, plain=frozenset(), harmless=frozenset())
ALL_IN_ONE = Plan(())


@dataclass
class Kitchen:
    """Builds images of made-up packages below one folder."""

    folder: Path
    book: RecipeBook = NO_BOOK
    plan: Plan = ALL_IN_ONE
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "store")
        self.cache.mkdir(parents=True, exist_ok=True)

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def recipe(self, name: str, **fields: Any) -> None:
        """Add a reviewed recipe."""
        recipes = {**self.book.recipes, name: PackageRecipe(package=name, **fields)}
        self.book = replace(self.book, recipes=recipes)

    def lock(self, *packages: LockedPackage, epoch: int = EPOCH, elided: tuple[str, ...] = ()) -> Lock:
        return Lock(
            format="deb", suite="trixie", snapshot="sha256:" + "5" * 64, epoch=epoch, packages={"amd64": packages},
            engine=ENGINE_VERSION, recipes=self.book.digest, plan=self.plan.digest, elided=elided,
        )  # fmt: skip

    def build(self, spec: Spec, *debs: Deb, store: Store | None = None, threads: int = 2) -> BuiltImage:
        """Build a spec of exactly these packages."""
        lock = self.lock(*(put(deb, self.cache) for deb in debs))
        return self.build_locked(spec, lock, store=store, threads=threads)

    def build_locked(
        self, spec: Spec, lock: Lock, *, store: Store | None = None, threads: int = 2
    ) -> BuiltImage:
        return build(
            spec, lock, store or self.store, self.cache, book=self.book, plan=self.plan, threads=threads
        )

    def base(self, spec: Spec, *debs: Deb) -> tuple[BaseImage, PlatformImage]:
        """Build an image and give it as the base of another."""
        lock = self.lock(*(put(deb, self.cache) for deb in debs))
        image = self.build_locked(spec, lock).platforms[0]
        return BaseImage("acme/base:1", {"amd64": image.manifest.digest}, spec, lock), image

    def golden(self, spec: Spec, base: BaseImage, *debs: Deb) -> PlatformImage:
        """Build an image upon a base, adding these packages and leaving out what the spec removes."""
        lock = self.golden_lock(spec, base, *debs)
        return self.build_locked(replace(spec, base=base), lock).platforms[0]

    def golden_lock(self, spec: Spec, base: BaseImage, *debs: Deb) -> Lock:
        below = [package for package in base.lock.packages["amd64"] if package.name not in spec.remove]
        inherited = [replace(package, inherited=True) for package in below]
        return self.lock(*inherited, *(put(deb, self.cache) for deb in debs))


def config_of(store: Store, image: PlatformImage) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(store.read_blob(image.config.digest))
    return document


def layer_members(store: Store, digest: str) -> list[tuple[tarfile.TarInfo, bytes]]:
    """The members of a layer as Python's own gzip and tar read them, checked against its digest."""
    packed = store.read_blob(digest)
    assert "sha256:" + hashlib.sha256(packed).hexdigest() == digest
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        return [
            (info, file.read() if (file := archive.extractfile(info) if info.isreg() else None) else b"")
            for info in archive
        ]


def merged(store: Store, image: PlatformImage) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """What a container would see: later layers over earlier ones, and what they hide gone."""
    found: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    for layer in image.layers:
        members = {info.name: (info, body) for info, body in layer_members(store, layer.descriptor.digest)}
        for name in [name for name in members if "/.wh." in f"/{name}"]:
            del members[name]
            hidden = f"/{name}".replace("/.wh.", "/")[1:]
            found = {
                at: what for at, what in found.items() if at != hidden and not at.startswith(hidden + "/")
            }
        found.update(members)
    return found
