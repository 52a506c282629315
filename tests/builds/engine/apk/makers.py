"""Made-up apk packages and repositories, written by the product's own generator, and what reads them."""

from __future__ import annotations

import functools
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from builds.engine.apk.pin import pin
from builds.engine.apk.source import ApkSource, apk_source
from builds.engine.lock import Lock, LockedPackage
from builds.engine.locking import make_lock
from builds.engine.recipes import RecipeBook
from builds.engine.resolve import solve
from builds.engine.snapshot import Snapshot, refresh
from builds.engine.spec import Spec
from builds.engine.testing.apkwriter import Apk, Repository, SigningKey, Written, write_package
from tests.builds.engine.debs import directory, link, member

BOOK = RecipeBook(recipes={}, plain=frozenset(), harmless=frozenset(), is_late=True)


@functools.cache
def key_named(name: str = "test.rsa.pub") -> SigningKey:
    """One key a process and name; making one takes a while."""
    return SigningKey(name, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def key_file(folder: Path, key: SigningKey | None = None) -> Path:
    key = key or key_named()
    path = folder / key.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(key.public_pem)
    return path


def private_key(path: Path) -> Path:
    """Write a private key where the generator looks for one, which saves making a longer one."""
    pem = key_named(path.name + ".pub").private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem)
    return path


def apk(
    name: str, version: str = "1.0-r0", *, files: dict[str, str] | None = None,
    members: Iterable[tuple[tarfile.TarInfo, bytes]] = (), depend: str = "", provides: str = "",
    install_if: str = "", **fields: Any,
) -> Apk:  # fmt: skip
    """A package with one file of its own unless it says otherwise."""
    files = {f"usr/share/{name}/version": version} if files is None else files
    relations = {"depend": depend, "provides": provides, "install_if": install_if}
    return Apk(
        name=name, version=version, **fields,
        members=[*(member(path, text.encode()) for path, text in files.items()), *members],
        relations={key: tuple(text.split()) for key, text in relations.items() if text},
    )  # fmt: skip


def repository(folder: Path, *apks: Apk, key: SigningKey | None = None, kind: str = "RSA256") -> Path:
    """Write a signed repository; packages for any architecture lie in each that is there."""
    made = Repository(folder, key or key_named())
    places = {one.architecture for one in apks} - {"noarch"} or {"x86_64"}
    for one in apks:
        for place in sorted(places) if one.architecture == "noarch" else [one.architecture]:
            made.add(one, below=place, kind=kind)
    made.finish(kind=kind)
    return folder


def source_of(place: Path | str, folder: Path, **options: Any) -> ApkSource:
    return apk_source(str(place), keys=[key_file(folder / "keys")], **options)


def snapshot_of(source: ApkSource, root: Path, *architectures: str, suite: str = "testing") -> Snapshot:
    return refresh(
        suite=suite, root=root / "snapshots", format_name="apk", sources=[source],
        architectures=architectures or ("amd64",),
    )  # fmt: skip


def snapshot_with(folder: Path, *apks: Apk) -> Snapshot:
    return snapshot_of(source_of(repository(folder / "repository", *apks), folder), folder)


def found(snapshot: Snapshot, *packages: str, **options: Any) -> list[str]:
    solved = solve(snapshot, architecture="amd64", packages=packages, **options)
    return [f"{package.name}={package.version}" for package in solved.packages]


def lock_of(spec: Spec, source: ApkSource, folder: Path, *, book: RecipeBook = BOOK) -> Lock:
    """Resolve, fetch and pin as the command line does."""
    snapshot = snapshot_of(source, folder, *spec.architectures, suite=spec.suite)
    return make_lock(
        spec,
        snapshot,
        book=book,
        pin=lambda packages: pin(packages, sources=[source], cache=folder / "cache"),
    )


def written(one: Apk, *, key: SigningKey | None = None) -> Written:
    return write_package(one, key or key_named())


def locked(one: Written, **changes: Any) -> LockedPackage:
    """The package as an index with it would lead to."""
    checksum = one.entry.partition("\n")[0].removeprefix("C:")
    values: dict[str, Any] = {
        "name": one.apk.name, "version": one.apk.version, "architecture": one.apk.architecture,
        "source": one.apk.name, "source_version": one.apk.version, "sha256": "", "size": len(one.content),
        "installed_size": one.apk.installed_size, "path": f"x86_64/{one.apk.file_name}", "origin": "apk",
        "because": "", "checksum": checksum,
    }  # fmt: skip
    return LockedPackage(**{**values, **changes})


__all__ = [
    "BOOK", "apk", "directory", "found", "key_file", "key_named", "link", "lock_of", "locked", "member",
    "repository", "snapshot_of", "snapshot_with", "source_of", "written",
]  # fmt: skip
