"""What an apk package says about itself inside and beside an image: its SBOM piece, its database entry.

The database of packages is one file for the whole image, ``lib/apk/db/installed``; a fragment only keeps its
package's entry. The SBOM document is composed elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builds.engine.apk.package import ApkPackage
from builds.engine.apk.source import ARCHITECTURES
from builds.engine.contents import Contents
from builds.engine.formats import Files
from builds.engine.generated.trust import BUNDLE, authorities
from builds.engine.lock import LockedPackage
from builds.engine.purl import purl
from builds.engine.recipes import PackageRecipe
from builds.engine.tar import FILE, TarEntry

INSTALLED = "usr/lib/apk/db/installed"
#: Letters of the database and the keys of ``.PKGINFO`` they come from, where one is the other.
_WORDS = (("D", "depend"), ("p", "provides"), ("i", "install_if"), ("r", "replaces"))
_PLAIN_FILE, _PLAIN_DIRECTORY = (0, 0, 0o644), (0, 0, 0o755)


def added_files(
    opened: ApkPackage, contents: Contents, package: LockedPackage, recipe: PackageRecipe
) -> Files:
    """Return the bundle of authorities where the recipe calls for it; else nothing is added to a package."""
    if "ca-bundle" not in recipe.generate:
        return {}
    content = authorities(opened.data, contents)
    return {BUNDLE: (TarEntry(BUNDLE, FILE, 0o644, 0, 0, len(content), contents.newest), content)}


def sbom_piece(opened: ApkPackage, contents: Contents, package: LockedPackage) -> dict[str, Any]:
    """Return the package's share of a bill of materials; ``licences`` as the package says it."""
    return {
        "name": package.name,
        "version": package.version,
        "architecture": package.architecture,
        "source": package.source,
        "source_version": package.source_version,
        "supplier": _first(opened, "maintainer") or _first(opened, "packager"),
        "homepage": _first(opened, "url"),
        "summary": _first(opened, "pkgdesc"),
        "sha256": package.sha256,
        "purl": purl(package),
        "licences": [licence] if (licence := _first(opened, "license")) else [],
    }


def _first(opened: ApkPackage, key: str) -> str:
    return "".join(opened.info.get(key, ())[:1])


def record(opened: ApkPackage, contents: Contents, package: LockedPackage) -> str:
    """Return the package's paragraph of the database: what its index entry says, then the files kept."""
    fields = {
        "C": package.checksum, "P": package.name, "V": package.version, "A": package.architecture,
        "S": str(package.size), "I": str(package.installed_size), "T": _first(opened, "pkgdesc"),
        "U": _first(opened, "url"), "L": _first(opened, "license"), "o": package.source,
        "m": _first(opened, "maintainer"), "t": _first(opened, "builddate"), "c": _first(opened, "commit"),
        **{letter: " ".join(opened.info.get(key, ())) for letter, key in _WORDS},
        "k": _first(opened, "provider_priority"),
    }  # fmt: skip
    lines = [f"{letter}:{value}" for letter, value in fields.items() if value]
    return "\n".join([*lines, *_files(contents)]) + "\n"


def _files(contents: Contents) -> Iterator[str]:
    """Yield the lines about files, directory by directory; what is usual of owner and mode is left out."""
    below: dict[str, list[TarEntry]] = {path: [] for path in contents.directories}
    for leaf in contents.leaves:
        below.setdefault(leaf.path.rpartition("/")[0], []).append(leaf)
    for path in sorted(below):
        yield f"F:{path}"
        held = contents.directories.get(path)
        if held is not None and (held.uid, held.gid, held.mode) != _PLAIN_DIRECTORY:
            yield f"M:{held.uid}:{held.gid}:{held.mode:04o}"
        for leaf in below[path]:
            yield f"R:{leaf.path.rpartition('/')[2]}"
            if (leaf.uid, leaf.gid, leaf.mode) != _PLAIN_FILE:
                yield f"a:{leaf.uid}:{leaf.gid}:{leaf.mode:04o}"
            yield f"Z:Q1{_sum(leaf, contents)}"


def _sum(leaf: TarEntry, contents: Contents) -> str:
    digest = bytes.fromhex(leaf.sha1)
    if not digest:  # what a recipe added
        content = contents.inline.get(leaf.path, leaf.target.encode())
        digest = hashlib.sha1(content).digest()  # noqa: S324 - the database's own
    return base64.b64encode(digest).decode()


def database(records: Mapping[str, str], *, requested: Iterable[str], architecture: str) -> dict[str, bytes]:
    """Return the database of an image: its packages, what was asked for, its architecture."""
    names = sorted({package.partition("=")[0] for package in requested})
    texts = {
        INSTALLED: "\n".join(records[name] for name in sorted(records)),
        "etc/apk/world": "".join(f"{name}\n" for name in names),
        "etc/apk/arch": ARCHITECTURES[architecture] + "\n",
    }
    return {path: text.encode() for path, text in texts.items()}
