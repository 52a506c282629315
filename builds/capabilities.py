"""What a release's packages are able to do, held against the release before it.

A rebuild that nobody asked for is not published when a package can suddenly do more than it could: somebody
looks first, and accepts it by ordering the build by name. Not in charge of how capabilities are found
(`builds.engine.scan`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builds.models import Build
from catalog import search

#: Who orders when nobody does: the starter catalogue and scheduled rebuilds.
AUTOMATIC = "platform"

Gains = dict[str, list[str]]


def capabilities_of(build: Build | None) -> dict[str, set[str]]:
    """Packages by capability, over all platforms; empty for what was built before capabilities were looked for."""
    scan: Mapping[str, Any] = (build.result.get("scan") or {}) if build is not None else {}
    found: dict[str, set[str]] = {}
    for platform in (scan.get("capabilities") or {}).values():
        for name, packages in platform.items():
            found.setdefault(str(name), set()).update(map(str, packages))
    return found


def gained(before: Build, after: Build) -> Gains:
    """Capabilities that packages gained, and those that only new packages bring and no package had before."""
    old, new = capabilities_of(before), capabilities_of(after)
    known = {entry["name"] for found in before.lock.get("packages", {}).values() for entry in found}
    gains: Gains = {}
    for name, packages in new.items():
        more = packages - old.get(name, set())
        if old.get(name):
            more &= known
        if more:
            gains[name] = sorted(more)
    return gains


def baseline(build: Build) -> Build | None:
    """The build of the newest release of the same stream, if its capabilities are known."""
    release = search.newest_release(build.stream) if build.stream is not None else None
    before = Build.objects.filter(pk=release.build).first() if release is not None and release.build else None
    return before if before is not None and "capabilities" in (before.result.get("scan") or {}) else None


def objection(build: Build) -> str:
    """Why `build` may not be published without somebody's leave, or ""."""
    if build.ordered_by != AUTOMATIC or (before := baseline(build)) is None:
        return ""
    gains = gained(before, build)
    if not gains:
        return ""
    told = "; ".join(f"{name.replace('-', ' ')}: {', '.join(found)}" for name, found in sorted(gains.items()))
    return (
        f"Packages of this rebuild can do more than those of the release before it ({told}). Nothing was "
        f"published. To accept it, order the build by name: manage.py accept_build {build.pk}."
    )
