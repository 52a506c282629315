"""A fragment: one package's share of any image, made once and kept under a key of everything it depends on.

It is one gzip member with the package's entries in path order, beside facts about them as JSON. A fragment
never holds directories: a layer writes those first. Not in charge of which fragments make a layer.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.engine import compressor
from builds.engine.canonical import digest_of
from builds.engine.contents import Contents, contents_of
from builds.engine.formats import Files, Format, OpenedPackage
from builds.engine.lock import LockedPackage
from builds.engine.recipes import PackageRecipe, RecipeBook
from builds.engine.store import Store
from builds.engine.tar import FILE, TarEntry
from builds.engine.tar_header import header_of, padding

VERSION = 2


@dataclass(frozen=True, slots=True)
class Fragment:
    """A kept fragment. ``size`` and ``raw_size`` are bytes of its gzip member and of what that holds.

    ``leaves`` are ``[path, kind, mode, uid, gid, size, target]``; ``directories`` are
    ``[path, mode, uid, gid, mtime]``. ``sbom`` is data for the caller; ``record`` is for the image's own
    database of packages, where its format has one.
    """

    key: str
    package: str
    sha256: str
    size: int
    raw_size: int
    newest: int
    leaves: list[list[Any]]
    directories: list[list[Any]]
    sbom: dict[str, Any]
    record: str = ""


def fragment_key(package: LockedPackage, recipe: PackageRecipe) -> str:
    """Return the key of a package's fragment: its digest, its recipe, this module's rules, the compressor."""
    return digest_of(
        [VERSION, compressor.NAME, package.sha256, package.name, package.origin, recipe.content_digest]
    ).removeprefix("sha256:")


def find_fragment(store: Store, package: LockedPackage, recipe: PackageRecipe) -> Fragment | None:
    """Return the kept fragment, or None when there is none or its facts are damaged."""
    facts, bulk = store.fragment_paths(fragment_key(package, recipe))
    try:
        fragment = Fragment(**json.loads(facts.read_bytes()))
        return fragment if bulk.stat().st_size == fragment.size else None
    except (FileNotFoundError, ValueError, TypeError):
        return None


def make_fragment(
    store: Store, package: LockedPackage, book: RecipeBook, path: Path, form: Format
) -> Fragment:
    """Unpack the package at ``path`` into a fragment and keep it.

    :raises UnreviewedPackageError: when its scripts were never reviewed
    :raises PackageMismatch: when it is not the locked package
    """
    recipe = book.recipe(package.name)
    key = fragment_key(package, recipe)
    with form.open_package(path, package) as opened:
        book.judge(package.name, opened.scripts)
        contents = contents_of(opened.entries(), package.name, recipe)
        extra = form.added_files(opened, contents, package, recipe)
        facts_path, bulk_path = store.fragment_paths(key)
        with store.scratch() as file:
            sha256, raw_size = _write(file, opened, contents, extra)
            size = file.tell()
            fragment = Fragment(
                key=key, package=package.name, sha256=sha256, size=size, raw_size=raw_size, newest=contents.newest,
                leaves=[_leaf(entry) for entry, _ in _stream(opened, contents, extra)],
                directories=[_directory(contents.directories[path]) for path in sorted(contents.directories)],
                sbom=form.sbom_piece(opened, contents, package), record=form.record(opened, contents, package),
            )  # fmt: skip
            store.keep(file, bulk_path)
    with store.writing(facts_path) as file:
        plain = {name: getattr(fragment, name) for name in Fragment.__dataclass_fields__}
        file.write(
            json.dumps(plain, ensure_ascii=False).encode()
        )  # read by us alone, so any spelling will do
    return fragment


def _leaf(entry: TarEntry) -> list[Any]:
    return [entry.path, entry.kind, entry.mode, entry.uid, entry.gid, entry.size, entry.target]


def _directory(entry: TarEntry) -> list[Any]:
    return [entry.path, entry.mode, entry.uid, entry.gid, entry.mtime]


def _stream(
    opened: OpenedPackage, contents: Contents, extra: Files
) -> Iterator[tuple[TarEntry, bytes | memoryview]]:
    """Yield every entry with its content, in path order."""
    merged = sorted([*contents.leaves, *(entry for entry, _ in extra.values())], key=lambda entry: entry.path)
    for entry in merged:
        if entry.path in extra:
            yield entry, extra[entry.path][1]
        elif entry.path in contents.inline:
            yield entry, contents.inline[entry.path]
        elif entry.kind == FILE:
            yield entry, opened.data[entry.offset : entry.offset + entry.size]
        else:
            yield entry, b""


def _write(file: Any, opened: OpenedPackage, contents: Contents, extra: Files) -> tuple[str, int]:
    """Write the entries as one gzip member; return its sha256 and the bytes before compression."""
    hashed, raw = hashlib.sha256(), 0

    def put(piece: bytes) -> None:
        hashed.update(piece)
        file.write(piece)

    member = compressor.Member(put)
    for entry, content in _stream(opened, contents, extra):
        for part in (header_of(entry), content, padding(len(content))):
            raw += len(part)
            member.add(part)
    member.end()
    return hashed.hexdigest(), raw
