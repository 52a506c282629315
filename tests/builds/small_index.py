"""A real index snapshot of a few made-up packages, prepared by the engine's own importer."""

from __future__ import annotations

import hashlib
from pathlib import Path

from builds.engine.formats import PackageFacts, format_of
from builds.engine.recipes import PackageRecipe, RecipeBook
from builds.engine.snapshot.ingest import IMPORTER, ingest
from builds.engine.snapshot.place import (
    MANIFEST_FILE,
    Manifest,
    ReleaseNote,
    directory_of,
    pointer,
)
from builds.engine.spec.values import GroupAccount

#: name: (version, depends, conflicts)
PACKAGES = {
    "libc6": ("2.41-12", "", ""),
    "zlib1g": ("1:1.3.1-1", "libc6 (>= 2.36)", ""),
    "libcurl4": ("8.14.1-2", "libc6 (>= 2.36), zlib1g", ""),
    "curl": ("8.14.1-2", "libcurl4 (= 8.14.1-2)", ""),
    "git": ("1:2.47.3-0", "libc6, zlib1g", ""),
    "mail-a": ("1.0", "libc6", "mail-b"),
    "mail-b": ("1.0", "libc6", "mail-a"),
    "wild": ("1.0", "libc6", ""),
}
CARED_FOR = PackageRecipe(package="libc6", groups=(GroupAccount("keepers", 971),))
BOOK = RecipeBook(recipes={"libc6": CARED_FOR}, plain=frozenset(PACKAGES) - {"wild"}, harmless=frozenset())
SIZE, INSTALLED = 100_000, 300_000


def facts(name: str) -> PackageFacts:
    version, depends, conflicts = PACKAGES[name]
    return PackageFacts(
        name=name,
        version=version,
        architecture="amd64",
        source=name,
        source_version=version,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        size=SIZE,
        installed_size=INSTALLED,
        path=f"pool/main/{name}.deb",
        section="misc",
        priority="optional",
        essential=False,
        multi_arch="",
        description=f"The {name} package",
        homepage="",
        depends=depends,
        conflicts=conflicts,
        provides="",
    )


def write_index(root: Path, *, suite: str = "trixie", date: int = 1_787_000_000) -> str:
    """Write the snapshot below `root` and make it the current one; gives its identity."""
    note = ReleaseNote("debian", suite, hashlib.sha256(str(date).encode()).hexdigest(), date, None)
    manifest = Manifest(format="deb", suite=suite, importer=IMPORTER, releases=(note,))
    directory = directory_of(root, manifest.digest)
    (directory / "amd64").mkdir(parents=True)
    (directory / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    entries = (("debian", facts(name)) for name in PACKAGES)
    ingest(directory / "amd64", architecture="amd64", entries=entries, form=format_of("deb"))
    pointer(root, suite).write_text(directory.name)
    return manifest.digest
