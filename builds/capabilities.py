"""What a release's packages are able to do, held against the release before it.

A rebuild that nobody asked for is not published when a package can suddenly do more than it could: somebody
looks first, and accepts it by ordering the build by name. Not in charge of how capabilities are found
(`builds.engine.scan`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builds.engine.scan.ruleset import capability_sentences
from builds.models import Build
from catalog import search
from catalog.models import Release

#: Who orders when nobody does: the starter catalogue and scheduled rebuilds.
AUTOMATIC = "platform"

#: The error code of a build that is held back for what it gained.
HELD = "capabilities-gained"

Gains = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that programs can do: the packages that can, and those that newly can or no longer can."""

    name: str
    sentence: str
    packages: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a build's packages can do, held against another's.

    `is_same_rules` is False when the two were looked at with other rules, so that a difference may lie in those.
    """

    abilities: tuple[Ability, ...]
    is_same_rules: bool

    @property
    def changed(self) -> tuple[Ability, ...]:
        return tuple(one for one in self.abilities if one.gained or one.lost)

    @property
    def same(self) -> tuple[Ability, ...]:
        return tuple(one for one in self.abilities if not (one.gained or one.lost))


def difference(before: Build | None, after: Build | None) -> Difference | None:
    """What packages of `after` can do more and less than those of `before`; None where one was never looked at."""
    if before is None or after is None or not (is_known(before) and is_known(after)):
        return None
    old, new = capabilities_of(before), capabilities_of(after)
    sentences = capability_sentences()
    abilities = [
        Ability(
            name, sentences.get(name, name.replace("-", " ")), tuple(sorted(new.get(name, ()))),
            gained=tuple(sorted(new.get(name, set()) - old.get(name, set()))),
            lost=tuple(sorted(old.get(name, set()) - new.get(name, set()))),
        )
        for name in sorted(old.keys() | new.keys())
    ]  # fmt: skip
    rules = [(build.result.get("scan") or {}).get("rules") for build in (before, after)]
    return Difference(tuple(abilities), is_same_rules=rules[0] == rules[1])


def is_known(build: Build) -> bool:
    """Whether the build's packages were looked at for what they can do."""
    return "capabilities" in (build.result.get("scan") or {})


def of_release(release: Release | None) -> Build | None:
    """The build that made a release, if its capabilities are known."""
    build = Build.objects.filter(pk=release.build).first() if release is not None and release.build else None
    return build if build is not None and is_known(build) else None


def base_of(build: Build) -> Release | None:
    """The release that a golden image was built upon."""
    digest = str((build.spec.get("base") or {}).get("reference", "")).partition("@")[2]
    if build.revision is None or not digest:
        return None
    return Release.objects.filter(stream=build.revision.base_id, digest=digest).defer("spec", "lock").first()


def measure_of(build: Build) -> Release | None:
    """What a golden image's build is held against: the release before its own, or else its base."""
    if build.revision is None or not build.digest:
        return None
    own = Release.objects.filter(
        repository__tenant=build.tenant_id, repository__name=build.revision.recipe.name, digest=build.digest
    ).first()
    return (search.release_before(own) or base_of(build)) if own is not None else None


def capabilities_of(build: Build | None) -> dict[str, set[str]]:
    """Packages by capability, over all platforms; empty for what was built before capabilities were looked for."""
    scan: Mapping[str, Any] = (build.result.get("scan") or {}) if build is not None else {}
    found: dict[str, set[str]] = {}
    for platform in (scan.get("capabilities") or {}).values():
        for name, packages in platform.items():
            found.setdefault(str(name), set()).update(map(str, packages))
    return found


def gained(before: Build, after: Build) -> Gains:
    """Capabilities that packages gained, and those that only new packages bring and no package had before.

    A package whose files are the same in both gained nothing: where more is found in it, the rules changed.
    """
    old, new = capabilities_of(before), capabilities_of(after)
    known = {entry["name"] for found in before.lock.get("packages", {}).values() for entry in found}
    same = _unchanged(before, after)
    gains: Gains = {}
    for name, packages in new.items():
        more = packages - old.get(name, set()) - same
        if old.get(name):
            more &= known
        if more:
            gains[name] = sorted(more)
    return gains


def _unchanged(before: Build, after: Build) -> set[str]:
    """Packages of which every architecture has the very files it had."""
    old, new = (_files_of(build.lock) for build in (before, after))
    return {name for name, files in new.items() if files and old.get(name) == files}


def _files_of(lock: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for architecture, packages in lock.get("packages", {}).items():
        for entry in packages:
            found.setdefault(entry["name"], set()).add((architecture, entry["sha256"]))
    return found


def baseline(build: Build) -> Build | None:
    """The build of the newest release of the same stream, if its capabilities are known."""
    return of_release(search.newest_release(build.stream) if build.stream is not None else None)


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
        f"published. An admin of the platform can accept it (also with manage.py accept_build {build.pk})."
    )
