"""May a package be removed? Who of those left needs it, and which packages nobody needs.

A need is met by any of its alternatives that is left. What a package needs is read from the index: of the version
that the base has, or of the newest where that one is no longer listed, since an update within a release keeps its
needs. A package of which the index knows nothing may need anything. Not in charge of files (``builds.engine.removal``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from builds.engine.errors import RemovalUnsafe
from builds.engine.formats import Format
from builds.engine.lock import LockedPackage
from builds.engine.resolve.closure import Present, is_elided
from builds.engine.snapshot.facts import Fact
from builds.engine.snapshot.opening import Index

Need = tuple[str, frozenset[str]]
#: A recipe's names by package: dependencies left out, or needed though no index says so.
Named = Mapping[str, Collection[str]]


def needs(index: Index, packages: Iterable[LockedPackage], *, elide: Named, need: Named) -> list[Need]:
    """Give what packages of one image need of each other: who, and the packages any of which is enough."""
    chosen = list(packages)
    facts = {package.name: _fact(index, package) for package in chosen}
    everyone = frozenset(facts)
    present = Present(index.form, [fact for fact in facts.values() if fact is not None])
    found: list[Need] = []
    for name, fact in facts.items():
        if fact is None:
            found += [(name, frozenset([other])) for other in everyone]
            continue
        found += [(name, meeting) for meeting in _groups(index.form, fact, present, elide) if meeting]
        found += [(name, frozenset([other])) for other in need.get(name, ()) if other in everyone]
    return found


def check_removal(found: Iterable[Need], removed: Collection[str]) -> None:
    """Raise ``RemovalUnsafe`` where a package that is left needs a removed one."""
    needers: dict[str, set[str]] = {}
    for name, enough in found:
        if name not in removed and enough <= set(removed):
            for one in enough:
                needers.setdefault(one, set()).add(name)
    if needers:
        raise RemovalUnsafe(needed={name: sorted(by) for name, by in sorted(needers.items())})


def needed_of(found: Iterable[Need]) -> set[str]:
    """Give the names of packages without which another one would miss something."""
    return {one for name, enough in found if len(enough) == 1 for one in enough if one != name}


def explained(
    packages: Iterable[LockedPackage], found: Iterable[Need], removed: Collection[str]
) -> tuple[LockedPackage, ...]:
    """Give packages with a reason that is still there: who needs them now, or none."""
    reasons: dict[str, str] = {}
    for name, enough in found:
        for one in enough if name not in removed else ():
            if one != name:
                reasons.setdefault(one, name)
    return tuple(
        replace(package, because=reasons.get(package.name, "")) if package.because in removed else package
        for package in packages
    )


def _groups(form: Format, fact: Fact, present: Present, elide: Named) -> Iterator[frozenset[str]]:
    for group in form.parse_field(fact.depends):
        if not is_elided(fact.name, group, elide):
            yield frozenset(other.name for relation in group for other in present.all_meeting(relation))


def _fact(index: Index, package: LockedPackage) -> Fact | None:
    listed = index.facts.by_name(package.name)
    same = (fact for fact in listed if fact.version == package.version)
    return next(same, listed[0] if listed else None)
