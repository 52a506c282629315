"""What changelogs say was fixed: kept for each package version, and told release by release.

No scan and no advisory stands behind it: names of vulnerabilities in the words of the packages' maintainers. Not in
charge of reading packages (floor 3 does, while they are unpacked) nor of what a release holds (`catalog.contents`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Changelog, PackageSpan, PackageVersion, Release

MAX_ENTRIES = 300
MAX_NAMES = 400
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Fix:
    """One vulnerability that a changelog names: by which source package, in which of its versions and when."""

    name: str
    package: str
    version: str
    date: str


@dataclass(frozen=True, slots=True)
class FixedIn:
    """A release, and what the changelogs name that were not in the release before it."""

    release: Release
    fixes: tuple[Fix, ...]
    #: Packages that are there in another version than before; None for the first release of a line.
    changed: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one release: `read` of its `packages` brought a changelog."""

    fixes: tuple[Fix, ...]
    read: int
    packages: int


def keep(entries: Mapping[int, Any]) -> None:
    """Keep what changelogs say, by the id of the package version; once for each, and only what has the right form."""
    Changelog.objects.bulk_create(
        [
            Changelog(version_id=version, entries=_sound(found))
            for version, found in entries.items()
            if found is not None
        ],
        ignore_conflicts=True,
    )


def told(release: Release) -> Told:
    """All that the changelogs of what `release` holds name, newest first; two queries."""
    line = PackageSpan.objects.of_line(release.repository_id, release.stream_id)
    held = [span.version for span in line.at(release.pk).select_related("version__package")]
    logs = _logs(version.pk for version in held)
    fixes = {fix for version in held for fix in _fixes(version, logs.get(version.pk, []))}
    return Told(_sorted(fixes), len(logs), len(held))


def fixes_of(versions: Iterable[int]) -> dict[int, frozenset[Fix]]:
    """What the changelog of each of these package versions names, by id; two queries."""
    known = list(PackageVersion.objects.filter(pk__in=list(versions)).select_related("package"))
    logs = _logs(version.pk for version in known)
    return {version.pk: frozenset(_fixes(version, logs.get(version.pk, []))) for version in known}


def by_release(releases: Sequence[Release]) -> list[FixedIn]:
    """Each of `releases` (of one line, newest first) with what it was first to bring; the last is compared to nothing.

    A fixed number of queries: the spans of the line say where versions changed.
    """
    if not releases:
        return []
    newest = releases[0]
    line = PackageSpan.objects.of_line(newest.repository_id, newest.stream_id)
    spans = list(line.filter(since__lte=newest.pk).select_related("version__package"))
    begins: dict[int, list[PackageVersion]] = defaultdict(list)
    for span in spans:
        begins[span.since].append(span.version)
    wanted = {span.version_id for span in spans}
    logs = _logs(wanted)
    known = {span.version_id: _fixes(span.version, logs.get(span.version_id, [])) for span in spans}
    found = []
    for at, release in enumerate(releases):
        before = releases[at + 1] if at + 1 < len(releases) else None
        if before is None:
            found.append(FixedIn(release, (), None))
            continue
        held = [span.version for span in spans if _holds(span, before)]
        # Packages of one source share its changelog. One that was not there before has fixed nothing here.
        old = {fix for version in held for fix in known[version.pk]}
        there = {version.package_id for version in held}
        moved = [version for version in begins[release.pk] if version.package_id in there]
        new = {fix for version in moved for fix in known[version.pk]} - old
        found.append(FixedIn(release, _sorted(new), len(moved)))
    return found


def _holds(span: PackageSpan, release: Release) -> bool:
    return span.since <= release.pk and (span.until is None or span.until > release.pk)


def _logs(versions: Iterable[int]) -> dict[int, list[Any]]:
    found = Changelog.objects.filter(version__in=list(versions))
    return dict(found.values_list("version_id", "entries"))


def _fixes(version: PackageVersion, entries: Iterable[Any]) -> list[Fix]:
    package = version.source or version.package.name
    return [Fix(name, package, fixed, date) for fixed, date, names in entries for name in names]


def _sorted(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    return tuple(
        sorted(
            fixes, key=lambda fix: (fix.date, in_numbers(fix.name), fix.package, fix.version), reverse=True
        )
    )


def in_numbers(name: str) -> list[tuple[int, str]]:
    """By what people order such names: CVE-2026-979 comes before CVE-2026-8674."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]{1,12})", name)]


def _sound(found: Any) -> list[list[Any]]:
    """What a worker reported, as far as it has the form; the rest is left out."""
    if not isinstance(found, list):
        return []
    return [
        [entry[0], entry[1], [name for name in entry[2] if _is_line(name)][:MAX_NAMES]]
        for entry in found[:MAX_ENTRIES]
        if isinstance(entry, list | tuple) and len(entry) == 3 and _is_line(entry[0]) and _is_line(entry[1])
        and isinstance(entry[2], list)
    ]  # fmt: skip


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST and (text == "" or text.isprintable())
