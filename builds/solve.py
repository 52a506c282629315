"""From a spec to its lock, in the process that was asked: one request's worth of solving, no network.

Uses the newest complete index snapshot below `settings.SNAPSHOT_ROOT`. Not in charge of fetching it
(`builds.starter_catalogue`) nor of what a spec may say (`builds.draft`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from builds.engine.errors import EngineError, RemovalUnsafe, SnapshotMissing, UnknownPackage
from builds.engine.fitting import NOTHING, fitting_errors
from builds.engine.lock import Lock, LockedPackage
from builds.engine.plan import load_plan
from builds.engine.recipes import RecipeBook, load_book
from builds.engine.removal import inherited_elisions
from builds.engine.resolve import Resolution
from builds.engine.resolve import solve as resolve
from builds.engine.resolve.removal import needed_of, needs
from builds.engine.snapshot import Snapshot, open_snapshot
from builds.engine.snapshot.place import current_name
from builds.engine.spec import Spec
from builds.engine.version import ENGINE_VERSION
from builds.refusals import FieldError, IndexNotReady, OrderRefused


@lru_cache(maxsize=1)
def book() -> RecipeBook:
    """The reviewed package recipes of this installation."""
    return load_book()


@lru_cache(maxsize=4)
def _opened(root: Path, name: str) -> Snapshot:
    """One snapshot object a process, so that the solver's rules are loaded once."""
    return open_snapshot(name, root=root)


def snapshot_of(suite: str) -> Snapshot:
    """The newest complete index of `suite`. Raises IndexNotReady."""
    name = current_name(settings.SNAPSHOT_ROOT, suite)
    if name is None:
        raise IndexNotReady
    try:
        return _opened(settings.SNAPSHOT_ROOT, name)
    except SnapshotMissing as error:
        raise IndexNotReady from error


def solve(*, spec: Spec, standing: Mapping[str, Iterable[str]] = NOTHING) -> Lock:
    """The exact packages that `spec` gives today.

    Packages of the base stay as they are, but removed ones; only additions are solved on top of them. Raises
    OrderRefused for unknown, unsolvable and unreviewed packages, for removals that others need, and for what
    does not fit them or the base, IndexNotReady before the first index. `standing` are directories that the
    base's packages bring, by architecture.
    """
    snapshot = snapshot_of(spec.suite)
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    errors: dict[FieldError, None] = {}
    elided = inherited_elisions(spec)
    for architecture in spec.architectures:
        try:
            solved = _resolved(snapshot, spec, architecture)
        except EngineError as error:
            errors.update(dict.fromkeys(_refusals(spec, error)))
            continue
        packages[architecture] = solved.packages
        elided.update(solved.elided)
        errors.update(dict.fromkeys(_unreviewed(spec, solved.packages)))
    if errors:
        raise OrderRefused(errors)
    lock = Lock(
        format=snapshot.form.NAME, suite=spec.suite, snapshot=snapshot.digest, epoch=snapshot.epoch, packages=packages,
        engine=ENGINE_VERSION, recipes=book().digest, plan=load_plan(spec.suite).digest, elided=tuple(elided),
    )  # fmt: skip
    if broken := fitting_errors(spec, lock, book(), standing):
        raise OrderRefused(FieldError(item.field, item.code, item.sentence) for item in broken)
    return lock


def _resolved(snapshot: Snapshot, spec: Spec, architecture: str) -> Resolution:
    try:
        return resolve(
            snapshot, architecture=architecture, packages=spec.packages, remove=spec.remove,
            inherited=_below(spec, architecture), elide=book().elisions, need=book().needs,
        )  # fmt: skip
    except SnapshotMissing as error:
        raise IndexNotReady from error


def _below(spec: Spec, architecture: str) -> tuple[LockedPackage, ...]:
    return spec.base.lock.packages.get(architecture, ()) if spec.base else ()


def removable(*, spec: Spec, lock: Lock) -> list[str]:
    """The base's packages that nothing left needs on any architecture, so that they may be removed; by name."""
    snapshot, needed = snapshot_of(spec.suite), set[str]()
    for architecture, packages in lock.packages.items():
        index = snapshot.index(architecture)
        needed |= needed_of(needs(index, packages, elide=book().elisions, need=book().needs))
    below = {package.name for found in lock.packages.values() for package in found if package.inherited}
    return sorted(below - needed)


def _refusals(spec: Spec, error: EngineError) -> list[FieldError]:
    """`error` at the package that was typed, where it is about one."""
    if isinstance(error, RemovalUnsafe):
        return [
            FieldError(f"remove[{spec.remove.index(name)}]", error.code, error.said(name))
            for name in error.needed
        ]
    wanted = error.facts.get("name") if isinstance(error, UnknownPackage) else error.facts.get("request")
    names = [package.partition("=")[0] for package in spec.packages]
    field = f"packages[{names.index(str(wanted))}]" if wanted in names else "packages"
    return [FieldError(field, error.code, str(error))]


def _unreviewed(spec: Spec, packages: tuple[LockedPackage, ...]) -> list[FieldError]:
    names = [package.partition("=")[0] for package in spec.packages]
    found = []
    for package in packages:
        if package.inherited or book().is_reviewed(package.name, spec.suite):
            continue
        asked = package.name in names
        needed = "" if asked else f" It is needed by {package.because}."
        found.append(
            FieldError(
                f"packages[{names.index(package.name)}]" if asked else "packages",
                "package-unreviewed",
                f"{package.name} brings installation scripts that nobody has reviewed yet, so it cannot be "
                f"built in.{needed}",
            )
        )
    return found
