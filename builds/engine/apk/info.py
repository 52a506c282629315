"""What an apk package says of itself: ``.PKGINFO``, lines of ``key = value`` where a key may come again."""

from __future__ import annotations

from collections.abc import Mapping

from builds.engine.errors import PackageMismatch, PackageUnreadableError
from builds.engine.lock import LockedPackage

_MUST_EQUAL = {"pkgname": "name", "pkgver": "version", "arch": "architecture"}


def read_info(raw: bytes, package: LockedPackage) -> Mapping[str, tuple[str, ...]]:
    """Read ``.PKGINFO`` and hold it to the index entry.

    :raises PackageUnreadableError: when it is missing or damaged, or does not name the files' digest
    :raises PackageMismatch: when it is of another package, version or architecture
    """
    info: dict[str, tuple[str, ...]] = {}
    for line in raw.decode("utf-8", "replace").split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise PackageUnreadableError(package=package.name, reason="its .PKGINFO is damaged")
        info[key.strip()] = (*info.get(key.strip(), ()), value.strip())
    if "datahash" not in info or "pkgname" not in info:
        raise PackageUnreadableError(package=package.name, reason="its .PKGINFO is missing or names no files")
    for key, field in _MUST_EQUAL.items():
        said, meant = " ".join(info.get(key, ())), getattr(package, field)
        if said != meant:
            reason = f"it says {key} {said[:80]!r}, the index {meant!r}"
            raise PackageMismatch(package=package.name, reason=reason)
    return info
