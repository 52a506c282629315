"""Does a spec fit what it is built upon: its packages' accounts and paths, its base, the bottom of every image?

The rules of ``spec.rules`` see the spec alone; these also see its lock, and no package's files. So they hold
before anything is downloaded, and an order is refused where it is typed. Directories of packages are known where
an image with them was built before; what else only a package's files can tell, the build refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from builds.engine.formats import format_of
from builds.engine.generated import skeleton
from builds.engine.generated.accounts import AccountClashError, UnknownUserError, collect
from builds.engine.lock import Lock
from builds.engine.recipes import PackageRecipe, RecipeBook
from builds.engine.spec import Spec, SpecError
from builds.engine.tar import DIRECTORY, SYMLINK, TarEntry

NOTHING: Mapping[str, Iterable[str]] = {}


@dataclass(frozen=True, slots=True)
class Ground:
    """Paths that are certain to be there: directories, and what else lies where by whose doing."""

    directories: frozenset[str]
    leaves: dict[str, str]
    links: frozenset[str]


def fitting_errors(
    spec: Spec, lock: Lock, book: RecipeBook, standing: Mapping[str, Iterable[str]] = NOTHING
) -> list[SpecError]:
    """Return every way in which a sound spec does not fit, each once however many architectures have it.

    :param standing: by architecture, directories that packages are known to bring
    """
    found: dict[SpecError, None] = {}
    form = format_of(lock.format)
    for architecture in spec.architectures:
        names = sorted(package.name for package in lock.packages.get(architecture, ()))
        recipes = [book.recipe(name) for name in names]
        bottom = skeleton.skeleton(form, spec.suite, architecture)
        ground = _ground(spec, recipes, bottom, standing.get(architecture, ()))
        for check in (_accounts(spec, recipes), _placed(spec, ground), _started(spec, ground)):
            found.update(dict.fromkeys(check))
    return list(found)


def lineage(spec: Spec) -> list[Spec]:
    """Return the specs of the bases, the lowest first, and the spec itself."""
    return [*(lineage(spec.base.spec) if spec.base else []), spec]


def _accounts(spec: Spec, recipes: Sequence[PackageRecipe]) -> Iterator[SpecError]:
    below = lineage(spec)[:-1]
    users = [user for recipe in recipes for user in recipe.users] + [u for s in below for u in s.users]
    groups = [group for recipe in recipes for group in recipe.groups] + [g for s in below for g in s.groups]
    for kind, count in (("users", len(spec.users)), ("groups", len(spec.groups))):
        for index in range(count):
            mine = spec.users[: index + 1] if kind == "users" else spec.users
            ours = spec.groups[: index + 1] if kind == "groups" else ()
            try:
                collect([*users, *mine], [*groups, *ours])
            except AccountClashError as clash:
                yield SpecError(f"{kind}[{index}]", clash.code, str(clash))
                return
    if spec.user is not None:
        try:
            collect([*users, *spec.users], [*groups, *spec.groups]).numeric(spec.user)
        except UnknownUserError as unknown:
            yield SpecError("user", unknown.code, str(unknown))


def _ground(
    spec: Spec,
    recipes: Iterable[PackageRecipe],
    bottom: Mapping[str, tuple[TarEntry, bytes]],
    standing: Iterable[str],
) -> Ground:
    directories = {"/" + path for path in standing}
    links: set[str] = set()
    leaves: dict[str, str] = {}
    for path, (entry, _) in bottom.items():
        if entry.kind == DIRECTORY:
            directories.add("/" + path)
        else:
            leaves["/" + path] = "every image"
            if entry.kind == SYMLINK:
                links.add("/" + path)
    owners: list[tuple[str, PackageRecipe | Spec]] = [(recipe.package, recipe) for recipe in recipes]
    owners.extend(("the base image", base) for base in lineage(spec)[:-1])
    for owner, one in owners:
        directories.update(entry.path for entry in one.directories)
        links.update(entry.path for entry in one.links)
        leaves |= {link.path: owner for link in one.links} | {file.path: owner for file in one.files}
    for path in [*leaves, *directories]:
        directories.update(_parents(path))
    return Ground(frozenset(directories - leaves.keys()), leaves, frozenset(links))


def _parents(path: str) -> Iterator[str]:
    at = path.rfind("/")
    while at > 0:
        path = path[:at]
        yield path
        at = path.rfind("/")


def _placed(spec: Spec, ground: Ground) -> Iterator[SpecError]:
    placed = {
        "files": [entry.path for entry in spec.files],
        "links": [entry.path for entry in spec.links],
        "directories": [entry.path for entry in spec.directories],
    }
    for kind, paths in placed.items():
        for index, path in enumerate(paths):
            field = f"{kind}[{index}].path"
            if kind != "directories" and path in ground.directories:
                yield SpecError(field, "path-is-directory", f"{path} is a directory.")
            if kind == "directories" and path in ground.leaves:
                yield SpecError(
                    field, "path-is-file", f"{path} is a file or a link of {ground.leaves[path]}."
                )
            for parent in _parents(path):
                if parent in ground.leaves:
                    owner = ground.leaves[parent]
                    sentence = f"{parent} is a file or a link of {owner}, so nothing can lie below it."
                    yield SpecError(field, "path-below-file", sentence)


def _started(spec: Spec, ground: Ground) -> Iterator[SpecError]:
    """The working directory and volumes cannot be files; a link may lead to a directory."""
    files = {path for path in ground.leaves if path not in ground.links} | {
        entry.path for entry in spec.files
    }
    wanted = [(f"volumes[{index}]", path) for index, path in enumerate(spec.volumes)]
    if spec.workdir is not None:
        wanted.append(("workdir", spec.workdir))
    for field, path in wanted:
        if found := files.intersection((path, *_parents(path))):
            yield SpecError(field, "path-is-file", f"{min(found)} is a file, not a directory.")
