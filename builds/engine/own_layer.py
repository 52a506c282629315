"""The layer that is one image's own: what lies below it, what it was for its base, what it is now.

Reads fragments' facts and the few files that generated pieces build upon. What such a layer holds is decided
in ``generated.top``.
"""

from collections.abc import Collection, Mapping, Sequence

from builds.engine.bench import Bench
from builds.engine.fitting import lineage
from builds.engine.fragments import Fragment
from builds.engine.generated import skeleton
from builds.engine.generated.top import Below, Wanted, top_entries
from builds.engine.generated.trust import BUNDLE
from builds.engine.layers import Layer, join_directories, make_small_layer
from builds.engine.leaves import read_leaf
from builds.engine.recipes import PackageRecipe
from builds.engine.spec import Spec
from builds.engine.store import Store


def own_layer(
    bench: Bench,
    architecture: str,
    fragments: Mapping[str, Fragment],
    gone: Mapping[str, Fragment],
    added: Collection[str],
    new_layers: Sequence[Layer],
) -> Layer | None:
    """Make the top layer: what packages do not ship, and what hides removed ones; None when it would be empty.

    :param gone: the base's packages that are removed
    :param added: the packages that do not come with the base
    :param new_layers: the layers that this build adds above its base, in order
    :raises PathConflictError: when two packages, or a package and the customer, claim one path
    """
    spec, book = bench.spec, bench.book
    below = _below(bench, architecture, fragments, gone)
    recipes = [book.recipe(name) for name in sorted(fragments)]
    public = _public_authorities(bench.store, fragments, lineage(spec), recipes)
    database = _database(bench, architecture, lineage(spec), fragments)
    wanted = Wanted(lineage(spec), recipes, public, bench.lock.epoch, database)
    before = None
    if spec.base is not None:
        old = {name: fragments[name] for name in sorted(set(fragments) - set(added))} | dict(gone)
        bases, recipes = lineage(spec)[:-1], [book.recipe(name) for name in sorted(old)]
        before = Wanted(
            bases,
            recipes,
            _public_authorities(bench.store, old, bases, recipes),
            spec.base.lock.epoch,
            _database(bench, architecture, bases, old),
        )
    entries = top_entries(wanted=wanted, before=before, below=below, new_layers=new_layers)
    return make_small_layer(bench.store, entries) if entries else None


def _database(
    bench: Bench, architecture: str, specs: Sequence[Spec], fragments: Mapping[str, Fragment]
) -> dict[str, bytes]:
    records = {name: fragments[name].record for name in sorted(fragments)}
    requested = sorted({package for spec in specs for package in spec.packages})
    return bench.form.database(records, requested=requested, architecture=architecture)


def _below(
    bench: Bench, architecture: str, fragments: Mapping[str, Fragment], gone: Mapping[str, Fragment]
) -> Below:
    """Return who owns each path below the top layer.

    :raises PathConflictError: when two packages own a path, also in different layers
    """
    directories = join_directories(fragments[name] for name in sorted(fragments))
    leaves = {leaf[0]: fragment.package for fragment in fragments.values() for leaf in fragment.leaves}
    for path, (entry, _) in skeleton.skeleton(bench.form, bench.spec.suite, architecture).items():
        if entry.kind == "directory":
            directories[path] = entry
        else:
            leaves[path] = "the skeleton"
    return Below(leaves, directories, architecture, gone)


def _public_authorities(
    store: Store, fragments: Mapping[str, Fragment], specs: Sequence[Spec], recipes: Sequence[PackageRecipe]
) -> bytes:
    """Return the bundle that trust stores build upon; empty where none is generated."""
    is_generated = any(spec.certificates for spec in specs) or any(
        "java-truststore" in recipe.generate for recipe in recipes
    )
    for fragment in fragments.values() if is_generated else ():
        if any(leaf[0] == BUNDLE for leaf in fragment.leaves):
            return read_leaf(store, fragment, BUNDLE)
    return b""
