"""What images are made of, as layers hold it: from this a plan is made, and by this it is measured.

Sizes are those of kept fragments, so that what is counted is what a registry stores. Not in charge of solving,
fetching or grouping (``planning``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builds.engine.formats import Format
from builds.engine.fragments import Fragment
from builds.engine.gather import Progress, gather, silent
from builds.engine.layers import layer_size
from builds.engine.lock import LockedPackage
from builds.engine.planning import Images, Used
from builds.engine.recipes import RecipeBook
from builds.engine.store import Store


@dataclass(frozen=True, slots=True)
class Usage:
    """The packages of each image, and what is kept of them."""

    images: Images
    fragments: Mapping[str, Fragment]

    def weigh(self, layer: Iterable[Used]) -> int:
        """Return the bytes of the layer of these packages."""
        return layer_size([self.fragments[name] for name in sorted(package.name for package in layer)])


def usage_of(
    images: Mapping[str, Sequence[LockedPackage]], *, store: Store, book: RecipeBook, folder: Path, form: Format,
    progress: Progress = silent, threads: int = 2,
) -> Usage:  # fmt: skip
    """Open what was never opened, and return what the images use; all of them of one snapshot and architecture.

    :param folder: where downloaded packages lie
    :raises PackageMissingError: when one lies neither there nor in the store
    """
    found = {package.name: package for packages in images.values() for package in packages}
    fragments = gather(list(found.values()), store, book, folder, progress, threads, form)
    used = {
        name: Used(name, package.version, package.source, fragments[name].size)
        for name, package in found.items()
    }
    return Usage({title: [used[p.name] for p in packages] for title, packages in images.items()}, fragments)
