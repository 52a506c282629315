"""Build an image from a spec and a lock: fragments, layers, documents, all in the store.

Nothing is solved, downloaded, run or published here. Same spec, lock and engine give the same digests on
any machine, whatever is in the store.
"""

from collections.abc import Sequence
from pathlib import Path

from builds.engine import compressor
from builds.engine.assemble import assemble, keep_document
from builds.engine.bench import Bench
from builds.engine.built import BuiltImage
from builds.engine.errors import EngineError
from builds.engine.fitting import fitting_errors
from builds.engine.formats import format_of
from builds.engine.gather import Progress, silent
from builds.engine.image import INDEX, index_document
from builds.engine.lock import Lock
from builds.engine.plan import Plan, plan_of
from builds.engine.recipes import RecipeBook, book_of
from builds.engine.spec import Spec, SpecError, validate
from builds.engine.store import Store
from builds.engine.version import ENGINE_VERSION


class SpecInvalidError(EngineError):
    """A spec that breaks rules; ``errors`` says which."""

    code = "spec-invalid"
    sentence = "The image cannot be built as described. {first}"

    def __init__(self, *, errors: Sequence[SpecError]) -> None:
        self.errors = tuple(errors)
        super().__init__(first=f"{errors[0].field}: {errors[0].sentence}")


class LockDiffersError(EngineError):
    """A lock made for other inputs than those at hand."""

    code = "lock-differs"
    sentence = "The lock was made with another {part} ({locked}) than the one here ({here}); make a new lock."


def build(
    spec: Spec, lock: Lock, store: Store, packages_dir: Path, *,
    book: RecipeBook | None = None, plan: Plan | None = None, progress: Progress = silent, threads: int = 2,
) -> BuiltImage:  # fmt: skip
    """Build every architecture of ``spec`` from exactly the packages of ``lock``.

    :param packages_dir: where downloaded packages lie; only those without a kept fragment are opened
    :param progress: called with a step (``unpack``, ``layer``, ``image``) and a line for people
    :raises SpecInvalidError: when the spec breaks a rule, or does not fit its base and packages
    :raises LockDiffersError: when engine, recipes or plan are not those of the lock
    :raises EngineError: for everything else that is refused; see the modules this one calls
    """
    if errors := validate(spec):
        raise SpecInvalidError(errors=errors)
    compressor.check()
    bench = Bench(
        spec, lock, store, book or book_of(lock.format), plan or plan_of(spec.suite, lock.plan), packages_dir, progress,
        threads, format_of(lock.format),
    )  # fmt: skip
    _check_lock(bench)
    if errors := fitting_errors(spec, lock, bench.book):
        raise SpecInvalidError(errors=errors)
    platforms = tuple(assemble(bench, architecture) for architecture in sorted(set(spec.architectures)))
    document = index_document(spec, [(image.architecture, image.manifest) for image in platforms], lock.epoch)
    index = keep_document(store, INDEX, document)
    return BuiltImage(index, platforms, spec.digest, lock.digest)


def _check_lock(bench: Bench) -> None:
    here = {
        "engine": ENGINE_VERSION,
        "recipes": bench.book.digest,
        "plan": bench.plan.digest,
        "suite": bench.spec.suite,
    }
    for part, value in here.items():
        locked = getattr(bench.lock, part)
        if locked != value:
            raise LockDiffersError(part=part, locked=locked, here=value)
