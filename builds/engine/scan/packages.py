"""Scan what images are made of: each package once for each set of rules, an image's own layer each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from builds.engine.built import PlatformImage
from builds.engine.canonical import digest_of
from builds.engine.fragments import Fragment, find_fragment
from builds.engine.leaves import fragment_entries, layer_entries
from builds.engine.lock import LockedPackage
from builds.engine.recipes import RecipeBook
from builds.engine.scan.files import Files, scan_files
from builds.engine.scan.ruleset import rules_digest
from builds.engine.scan.values import Finding, Scan
from builds.engine.store import Store
from builds.engine.tar import DIRECTORY, TarEntry

OWN = "the image itself"


def scan_fragment(store: Store, fragment: Fragment, architecture: str) -> Scan:
    """Scan a kept fragment, or recall the scan that these rules gave of it."""
    key = digest_of([rules_digest(), fragment.key, architecture]).removeprefix("sha256:")
    known = store.recall("scans", key)
    if known is not None:
        with suppress(TypeError, KeyError, AttributeError):
            return Scan.from_json(known)
    scan = scan_files(_files(store, fragment), architecture)
    store.remember("scans", key, scan.to_json())
    return scan


def _files(store: Store, fragment: Fragment) -> Files:
    for path, mode, uid, gid, mtime in fragment.directories:
        yield TarEntry(path, DIRECTORY, mode, uid, gid, 0, mtime), b""
    yield from fragment_entries(store, fragment)


def scan_image(
    image: PlatformImage, packages: Iterable[LockedPackage], *, store: Store, book: RecipeBook
) -> Scan:
    """Scan a built image: its packages, whose fragments are in the store, and its own layers.

    ``capabilities`` of the answer name packages.
    """
    findings: list[Finding] = []
    capabilities: dict[str, list[str]] = {}
    for name, scan in _scans(image, packages, store, book):
        findings += [replace(finding, package=name) for finding in scan.findings]
        for capability in scan.capabilities or ():
            capabilities.setdefault(capability, []).append(name)
    return Scan(
        tuple(findings), {name: tuple(sorted(set(found))) for name, found in sorted(capabilities.items())}
    )


def _scans(
    image: PlatformImage, packages: Iterable[LockedPackage], store: Store, book: RecipeBook
) -> Iterator[tuple[str, Scan]]:
    for package in packages:
        fragment = find_fragment(store, package, book.recipe(package.name))
        if fragment is not None:
            yield package.name, scan_fragment(store, fragment, package.architecture)
    for layer in image.layers:
        if layer.kind == "own":
            yield OWN, scan_files(layer_entries(store.blob_path(layer.descriptor.digest)), image.architecture)
