"""Gather the fragments a build needs: those kept already, and those made now, several at a time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds.engine.errors import EngineError
from builds.engine.formats import Format
from builds.engine.fragments import Fragment, find_fragment, make_fragment
from builds.engine.lock import Lock, LockedPackage
from builds.engine.recipes import RecipeBook
from builds.engine.removal import removed_packages
from builds.engine.spec import Spec
from builds.engine.store import Store

Progress = Callable[[str, str], None]


def silent(step: str, message: str) -> None:
    """Say nothing."""


class PackageMissingError(EngineError):
    """Locked packages that are neither kept as fragments nor downloaded."""

    code = "package-missing"
    is_fault = True
    sentence = "These packages were not downloaded: {names}."


def package_file(folder: Path, package: LockedPackage) -> Path | None:
    """Return where the package's file lies below a package cache, or None.

    It is looked for by digest, then by the name the archive gives it; what is found is hashed before use.
    """
    places = (
        folder / "sha256" / package.sha256[:2] / package.sha256,  # as ``fetch`` keeps them
        folder / f"{package.sha256}.deb",
        folder / Path(package.path).name,
    )
    return next((path for path in places if path.is_file()), None)


def needed_packages(spec: Spec, lock: Lock, store: Store, book: RecipeBook) -> list[LockedPackage]:
    """Return the packages whose files a build will open, so that only they are fetched: also removed ones."""
    found: dict[str, LockedPackage] = {}
    for architecture, packages in lock.packages.items():
        for package in (*packages, *removed_packages(spec, lock, architecture)):
            if find_fragment(store, package, book.recipe(package.name)) is None:
                found[package.sha256] = package
    return list(found.values())


def gather(
    packages: Sequence[LockedPackage],
    store: Store,
    book: RecipeBook,
    folder: Path,
    progress: Progress,
    threads: int,
    form: Format,
) -> dict[str, Fragment]:
    """Return the fragment of each package by its name.

    :raises PackageMissingError: when files are missing
    """
    held = {package.name: find_fragment(store, package, book.recipe(package.name)) for package in packages}
    missing = [package for package in packages if held[package.name] is None]
    files = {package.name: package_file(folder, package) for package in missing}
    absent = sorted(name for name, path in files.items() if path is None)
    if absent:
        raise PackageMissingError(names=", ".join(absent))

    def make(package: LockedPackage) -> Fragment:
        path = files[package.name]
        assert path is not None
        fragment = make_fragment(store, package, book, path, form)
        progress("unpack", f"{package.name} {package.version}")
        return fragment

    # The largest first, so that no thread is left with one at the end.
    missing.sort(key=lambda package: -package.size)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        made = dict(zip((package.name for package in missing), pool.map(make, missing), strict=True))
    return {name: made.get(name) or fragment for name, fragment in held.items() if fragment or name in made}  # type: ignore[misc]
