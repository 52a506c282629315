"""What a package says about itself inside and beside an image: its ``status.d`` entry and its SBOM piece.

Scanners read installed packages from ``/var/lib/dpkg/status.d`` where there is no ``dpkg``. The SBOM
document is composed elsewhere; here is only one package's share, as data.
"""

import re
from typing import Any

from builds.engine.contents import Contents
from builds.engine.deb.changelog import fixes_of
from builds.engine.deb.package import DebPackage
from builds.engine.filters import merged
from builds.engine.generated.trust import BUNDLE, authorities
from builds.engine.lock import LockedPackage
from builds.engine.purl import purl
from builds.engine.recipes import PackageRecipe
from builds.engine.tar import FILE, HARDLINK, TarEntry

STATUS = "var/lib/dpkg/status.d"
LICENCE = re.compile(r"^License:[ \t]*(\S[^\n]*)", re.MULTILINE)
MACHINE_READABLE = re.compile(r"\A\s*Format:\s*\S*copyright-format", re.IGNORECASE)
MAX_COPYRIGHT = 4 << 20


def status_entries(
    deb: DebPackage, contents: Contents, package: LockedPackage, recipe: PackageRecipe
) -> dict[str, tuple[TarEntry, bytes]]:
    """Return what is added to a package: its paragraph below ``status.d``, sums of the files kept, the CA bundle."""
    lines = deb.paragraph.decode().splitlines()
    at = next((index for index, line in enumerate(lines) if line.startswith("Package:")), 0) + 1
    if "Status" not in deb.fields:
        lines.insert(at, "Status: install ok installed")
    kept = {entry.path for entry in contents.leaves if entry.kind in (FILE, HARDLINK)} - set(contents.inline)
    sums = sorted((merged(path), digest) for path, digest in deb.md5sums.items() if merged(path) in kept)
    texts = {
        f"{STATUS}/{package.name}": "\n".join(lines) + "\n",
        f"{STATUS}/{package.name}.md5sums": "".join(f"{digest}  {path}\n" for path, digest in sums),
    }
    files = {path: text.encode() for path, text in texts.items() if text}
    if "ca-bundle" in recipe.generate:
        files[BUNDLE] = authorities(deb.data, contents)
    return {path: _file(path, content, contents.newest) for path, content in files.items()}


def _file(path: str, content: bytes, mtime: int) -> tuple[TarEntry, bytes]:
    return TarEntry(path, FILE, 0o644, 0, 0, len(content), mtime), content


def sbom_piece(deb: DebPackage, contents: Contents, package: LockedPackage) -> dict[str, Any]:
    """Return the package's share of a bill of materials.

    ``licences`` are the short names of a machine-readable copyright file (Debian's copyright format 1.0),
    as written there; empty when the file is prose or a link to another package's. ``fixes`` is what the package's
    changelog says of vulnerabilities.
    """
    return {
        "name": package.name,
        "version": package.version,
        "architecture": package.architecture,
        "source": package.source,
        "source_version": package.source_version,
        "supplier": deb.fields.get("Maintainer", ""),
        "homepage": deb.fields.get("Homepage", ""),
        "summary": deb.fields.get("Description", "").partition("\n")[0],
        "sha256": package.sha256,
        "purl": purl(package),
        "licences": _licences(deb, contents, package.name),
        "fixes": fixes_of(deb, package.name),
    }


def _licences(deb: DebPackage, contents: Contents, name: str) -> list[str]:
    path = f"usr/share/doc/{name}/copyright"
    entry = next((leaf for leaf in contents.leaves if leaf.path == path and leaf.kind == FILE), None)
    if entry is None or entry.size > MAX_COPYRIGHT:
        return []
    text = bytes(deb.data[entry.offset : entry.offset + entry.size]).decode("utf-8", "replace")
    return sorted({found.strip() for found in LICENCE.findall(text)}) if MACHINE_READABLE.match(text) else []
