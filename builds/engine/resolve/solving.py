"""Solves a request against a snapshot, and says in words why it cannot.

The solver is libsolv; what it may do is decided here: newest versions only
where the format wants it so (others if asked for by name), no recommended
packages, nothing of the base changed. Not in charge of review (recipes) nor of files (``fetch``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import solv

from builds.engine.errors import RemovalUnsafe, Unsolvable
from builds.engine.lock import LockedPackage
from builds.engine.resolve.base import base_in_pool, facts_of_base
from builds.engine.resolve.closure import walk
from builds.engine.resolve.companions import companions_of
from builds.engine.resolve.explain import explain
from builds.engine.resolve.favour import favourites
from builds.engine.resolve.removal import check_removal, explained, needs
from builds.engine.resolve.request import Wish, wanted
from builds.engine.snapshot.facts import Fact, Facts
from builds.engine.snapshot.opening import Index, Rules, Snapshot

Elisions = Mapping[str, Collection[str]]
_NONE: Elisions = {}


@dataclass(frozen=True, slots=True)
class Resolution:
    """A complete set of packages, sorted by name.

    ``elided`` lists what recipes left out, as ``package>dependency``; it goes
    into the lock.
    """

    packages: tuple[LockedPackage, ...]
    elided: tuple[str, ...]


def resolve(
    snapshot: Snapshot,
    *,
    architecture: str,
    packages: Iterable[str],
    inherited: Sequence[LockedPackage] = (),
    elide: Elisions = _NONE,
    need: Elisions = _NONE,
    remove: Collection[str] = (),
) -> tuple[LockedPackage, ...]:
    """Give the packages of ``solve`` alone."""
    return solve(
        snapshot,
        architecture=architecture,
        packages=packages,
        inherited=inherited,
        elide=elide,
        need=need,
        remove=remove,
    ).packages


def solve(
    snapshot: Snapshot,
    *,
    architecture: str,
    packages: Iterable[str],
    inherited: Sequence[LockedPackage] = (),
    elide: Elisions = _NONE,
    need: Elisions = _NONE,
    remove: Collection[str] = (),
) -> Resolution:
    """Choose the packages that requests (``name`` or ``name=version``) lead to.

    ``inherited`` packages stay as they are and are part of the answer, but those named in ``remove``.
    ``elide`` maps a package to dependencies that its recipe makes needless,
    ``need`` to packages that it needs though it does not say so.
    Raises ``BadRequest``, ``UnknownPackage``, ``UnknownVersion``,
    ``Unsolvable``, ``RemovalUnsafe``, ``SnapshotMissing``.
    """
    index = snapshot.index(architecture)
    left = [package for package in inherited if package.name not in remove]
    solved = _solved(index, packages=packages, inherited=left, elide=elide, need=need)
    gone = [package for package in inherited if package.name in remove]
    if not gone:
        return solved
    if back := {package.name: [package.because] for package in solved.packages if package.name in remove}:
        raise RemovalUnsafe(needed=back)
    found = needs(index, [*solved.packages, *gone], elide=elide, need=need)
    check_removal(found, remove)
    return dataclasses.replace(solved, packages=explained(solved.packages, found, remove))


def _solved(
    index: Index,
    *,
    packages: Iterable[str],
    inherited: Sequence[LockedPackage],
    elide: Elisions,
    need: Elisions,
) -> Resolution:
    base = facts_of_base(index.facts, inherited)
    wishes = wanted(index, packages, present=[fact.name for fact in base])
    kept = [dataclasses.replace(package, inherited=True) for package in inherited]
    if not wishes:  # nothing is added, and what is kept was settled when the base was solved
        return Resolution(tuple(sorted(kept, key=lambda package: package.name)), ())
    unsaid: list[Wish] = []
    while True:
        with index.rules() as rules:
            solution, companions = _settled(rules, index, base=base, wishes=[*wishes, *unsaid], elide=elide)
        chosen = {fact.id for fact in solution}
        because, elided = walk(
            index.form, requested=[fact for wish in wishes for fact in wish if fact.id in chosen],
            solution=solution, base=base, elide=elide, need=need, companions=companions,
        )  # fmt: skip
        names = {fact.name for fact in [*base, *solution]}
        missing = {name for needer in because for name in need.get(needer, ())} - names
        if not missing:
            break
        unsaid += wanted(index, sorted(missing))
    added = [locked(fact, because[fact.name]) for fact in solution if fact.name in because]
    return Resolution(tuple(sorted([*added, *kept], key=lambda package: package.name)), elided)


def _settled(
    rules: Rules, index: Index, *, base: list[Fact], wishes: list[Wish], elide: Elisions
) -> tuple[list[Fact], dict[str, str]]:
    """Solve, again with what comes by itself, until nothing more does; give that with its reasons."""
    companions: list[Fact] = []
    reasons: dict[str, str] = {}
    while True:
        solution = _solution(rules, index, base=base, wishes=wishes, companions=companions, elide=elide)
        came = companions_of(index.facts, [*base, *solution], without=reasons)
        if not came:
            here = {fact.name for fact in solution}
            return solution, {name: why for name, why in reasons.items() if name in here}
        companions += [fact for fact, _ in came]
        reasons.update((fact.name, why) for fact, why in came)


def _solution(
    rules: Rules,
    index: Index,
    *,
    base: list[Fact],
    wishes: list[Wish],
    companions: list[Fact],
    elide: Elisions,
) -> list[Fact]:
    facts, install = index.facts, solv.Job.SOLVER_INSTALL
    firsts = [wish[0] for wish in wishes]
    preferred = favourites(rules, facts, base=base, requested=firsts, elide=elide)
    with base_in_pool(rules, base) as installed:
        jobs = [_install(rules, wish) for wish in wishes]
        jobs += [_job(rules, install | solv.Job.SOLVER_WEAK, rules.solvable(fact.id)) for fact in companions]
        jobs += [_job(rules, solv.Job.SOLVER_LOCK, solvable) for solvable in installed]
        jobs += [_job(rules, solv.Job.SOLVER_FAVOR, rules.solvable(fact.id)) for fact in preferred]
        if not index.form.KEEPS_OLD:
            jobs += _avoid_superseded(rules, facts, firsts)
        solver = rules.pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
        problems = solver.solve(jobs)
        if problems:
            raise Unsolvable(reasons=explain(problems, rules, facts, base=base, requested=firsts))
        added = [rules.fact_id(solvable) for solvable in solver.transaction().newsolvables()]
    return [facts.by_id(number) for number in added if number is not None]


def _install(rules: Rules, wish: Wish) -> Any:
    if len(wish) == 1:
        return _job(rules, solv.Job.SOLVER_INSTALL, rules.solvable(wish[0].id))
    queue = rules.pool.towhatprovides([rules.solvable(fact.id).id for fact in wish])
    return rules.pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_ONE_OF, queue)


def _job(rules: Rules, how: int, solvable: Any) -> Any:
    return rules.pool.Job(how | solv.Job.SOLVER_SOLVABLE, solvable.id)


def _avoid_superseded(rules: Rules, facts: Facts, requested: Iterable[Fact]) -> list[Any]:
    """Forbid older versions but those asked for and their source's other packages."""
    asked = [fact for fact in requested if not fact.is_candidate]
    allowed = {same.id for fact in asked for same in facts.by_source(fact.source, fact.source_version)}
    forbidden = [rules.solvable(number) for number in rules.superseded if number not in allowed]
    if not forbidden:
        return []
    queue = rules.pool.towhatprovides([solvable.id for solvable in forbidden])
    return [rules.pool.Job(solv.Job.SOLVER_LOCK | solv.Job.SOLVER_SOLVABLE_ONE_OF, queue)]


def locked(fact: Fact, because: str) -> LockedPackage:
    """Give a package of the index as a lock names it."""
    return LockedPackage(
        name=fact.name,
        version=fact.version,
        architecture=fact.architecture,
        source=fact.source,
        source_version=fact.source_version,
        sha256=fact.sha256,
        size=fact.size,
        installed_size=fact.installed_size,
        path=fact.path,
        origin=fact.origin,
        because=because,
        checksum=fact.checksum,
    )
