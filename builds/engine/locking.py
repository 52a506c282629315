"""Make the lock of a spec from a snapshot: solve every architecture, and name the rules it was made by.

Not in charge of which snapshot is newest, nor of downloading. The portal words refusals per field and does
this itself; here it is for the command line, tests and benches.
"""

from collections.abc import Callable, Iterable

from builds.engine.lock import Lock, LockedPackage
from builds.engine.plan import Plan, load_plan
from builds.engine.recipes import RecipeBook, UnreviewedPackageError, book_of
from builds.engine.removal import inherited_elisions
from builds.engine.resolve import solve
from builds.engine.snapshot import Snapshot
from builds.engine.spec import Spec
from builds.engine.version import ENGINE_VERSION

Pin = Callable[[Iterable[LockedPackage]], tuple[LockedPackage, ...]]


def make_lock(
    spec: Spec,
    snapshot: Snapshot,
    *,
    book: RecipeBook | None = None,
    plan: Plan | None = None,
    pin: Pin = tuple,
) -> Lock:
    """Return the exact packages that ``spec`` gives on ``snapshot``; a base's packages stay as they are.

    :param pin: gives packages their sha256 where the index has none (``builds.engine.apk.pin``)
    :raises UnreviewedPackageError: for the first added package, by name, that nobody has reviewed
    :raises EngineError: for unknown and unsolvable packages
    """
    book = book or book_of(snapshot.form.NAME)
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    elided = inherited_elisions(spec)
    for architecture in spec.architectures:
        solved = solve(
            snapshot, architecture=architecture, packages=spec.packages, elide=book.elisions, need=book.needs,
            inherited=spec.base.lock.packages.get(architecture, ()) if spec.base else (), remove=spec.remove,
        )  # fmt: skip
        for package in solved.packages:
            if not package.inherited and not book.is_reviewed(package.name, spec.suite):
                raise UnreviewedPackageError(package=package.name)
        packages[architecture] = pin(solved.packages)
        elided.update(solved.elided)
    return Lock(
        format=snapshot.form.NAME, suite=spec.suite, snapshot=snapshot.digest, epoch=snapshot.epoch, packages=packages,
        engine=ENGINE_VERSION, recipes=book.digest, plan=(plan or load_plan(spec.suite)).digest,
        elided=tuple(elided),
    )  # fmt: skip
