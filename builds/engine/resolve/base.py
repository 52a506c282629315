"""Packages that come with a base image, as the solver sees them.

They are fixed: their layers are reused untouched. Their own dependencies were
settled when the base was built, so none are stated here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from builds.engine.lock import LockedPackage
from builds.engine.snapshot.facts import Fact, Facts
from builds.engine.snapshot.opening import Rules


def facts_of_base(facts: Facts, inherited: Iterable[LockedPackage]) -> list[Fact]:
    """Give what is known of inherited packages, their dependencies left out.

    For a version that the index no longer lists, what it provides is taken
    from the newest one: provided versions that equal the package's own follow
    it, conflicts are unknown and taken as none.
    """
    return [_fact(facts, package) for package in inherited]


def _fact(facts: Facts, package: LockedPackage) -> Fact:
    listed = facts.by_name(package.name)
    for fact in listed:
        if fact.version == package.version:
            return dataclasses.replace(fact, depends="")
    bare = {field.name: "" for field in dataclasses.fields(Fact)}
    bare |= {name: getattr(package, name) for name in bare if hasattr(package, name)}
    if listed:
        newest = listed[0]
        own, theirs = (facts.form.spell("", "=", version) for version in (newest.version, package.version))
        bare["provides"] = newest.provides.replace(own, theirs)
    return Fact(**{**bare, "id": 0, "essential": False, "is_candidate": False})  # type: ignore[arg-type]


@contextmanager
def base_in_pool(rules: Rules, base: Sequence[Fact]) -> Iterator[list[Any]]:
    """Hold the base's packages in the pool as installed; give their solvables."""
    if not base:
        yield []
        return
    repo = rules.pool.add_repo("base")
    try:
        solvables = []
        for fact in base:
            solvable = repo.add_solvable()
            rules.dialect.describe(solvable, name=fact.name, version=fact.version)
            rules.dialect.relate(solvable, depends="", conflicts=fact.conflicts, provides=fact.provides)
            solvables.append(solvable)
        rules.pool.installed = repo
        repo.internalize()
        rules.pool.createwhatprovides()
        yield solvables
    finally:
        rules.pool.installed = None
        repo.free(True)
        rules.pool.createwhatprovides()
