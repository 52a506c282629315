"""What a golden image no longer has of its base: the packages, and how a later layer hides their files.

The base's layers stay as they are, shared with every other image; whiteouts (OCI image specification 1.1, "Layer
Changeset") in the image's own layer hide what nothing left has. Not in charge of whether a removal is safe
(``resolve.removal``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from builds.engine.contents import WHITEOUT
from builds.engine.errors import EngineError
from builds.engine.fragments import Fragment
from builds.engine.layers import join_directories
from builds.engine.lock import Lock, LockedPackage
from builds.engine.spec.values import Spec
from builds.engine.tar import FILE, TarEntry


class BaseNotKeptError(EngineError):
    """A lock whose packages are not those of the base without the removed ones, and what is added."""

    code = "lock-base-differs"
    sentence = "The lock does not fit its base on {architecture}: {names} must be {how} it."


def removed_packages(spec: Spec, lock: Lock, architecture: str) -> tuple[LockedPackage, ...]:
    """Return the base's packages that the spec removes.

    :raises BaseNotKeptError: when the lock has one of them, or lacks another of the base
    """
    if spec.base is None:
        return ()
    below = spec.base.lock.packages.get(architecture, ())
    gone = tuple(package for package in below if package.name in spec.remove)
    here = {package.name for package in lock.packages.get(architecture, ())}
    for how, names in (
        ("left out of", here & {package.name for package in gone}),
        ("in", {package.name for package in below} - here - {package.name for package in gone}),
    ):
        if names:
            raise BaseNotKeptError(architecture=architecture, names=", ".join(sorted(names)), how=how)
    return gone


def inherited_elisions(spec: Spec) -> set[str]:
    """Return the base's elided dependencies, as ``package>dependency``, of the packages that are left."""
    lines = spec.base.lock.elided if spec.base else ()
    return {line for line in lines if line.partition(">")[0] not in spec.remove}


def whiteouts(
    *, lost: Iterable[str], lost_directories: Iterable[str], kept: Iterable[str], kept_directories: Iterable[str], epoch: int
) -> dict[str, tuple[TarEntry, bytes]]:  # fmt: skip
    """Return the entries that hide lost paths, a whole directory by one entry where nothing kept lies below it.

    :param kept: files and links of the image as it will be; ``kept_directories`` are its directories
    """
    leaves = set(kept)
    standing = {*kept_directories, *(parent for path in leaves for parent in parents(path))}
    gone = set(lost_directories) - standing - leaves
    hidden = gone | (set(lost) - leaves - standing)
    found = {}
    for path in hidden:
        if not gone.intersection(parents(path)):
            folder, slash, name = path.rpartition("/")
            mark = f"{folder}{slash}{WHITEOUT}{name}"
            found[mark] = TarEntry(mark, FILE, 0o644, 0, 0, 0, epoch), b""
    return found


def restored(
    gone: Mapping[str, Fragment], directories: Mapping[str, TarEntry], said: Collection[str]
) -> Iterator[TarEntry]:
    """Yield directories that stay, and are no longer as a removed package had them.

    :param directories: what each directory should be; those in ``said`` are as a spec below wants them
    """
    for path, was in join_directories(gone.values()).items():
        meant = directories.get(path)
        if meant is None or path in said or (was.mode, was.uid, was.gid) == (0o755, 0, 0):
            continue
        if (meant.mode, meant.uid, meant.gid) != (was.mode, was.uid, was.gid):
            yield meant


def parents(path: str) -> Iterator[str]:
    """Yield the directories above a path without a leading “/”, the nearest first."""
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)
