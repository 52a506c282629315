"""Assemble one architecture of an image: gather fragments, join layers, write its documents.

Not in charge of whether spec and lock fit this engine (``build``), nor of what an image's own layer holds
(``own_layer``).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from builds.engine.bench import Bench
from builds.engine.built import PlatformImage
from builds.engine.fitting import lineage
from builds.engine.fragments import Fragment
from builds.engine.gather import gather
from builds.engine.generated import skeleton
from builds.engine.generated.top import Wanted
from builds.engine.image import (
    CONFIG,
    MANIFEST,
    Descriptor,
    ImageLayer,
    config_document,
    describe,
    manifest_document,
)
from builds.engine.image import LAYER as LAYER_TYPE
from builds.engine.inherited import inherited
from builds.engine.layers import CacheDamagedError, Layer, make_layer, make_small_layer
from builds.engine.own_layer import own_layer
from builds.engine.plan import ADDED
from builds.engine.removal import removed_packages
from builds.engine.store import Store

Group = tuple[str, list[str], Layer]


def keep_document(store: Store, media_type: str, document: Mapping[str, Any]) -> Descriptor:
    """Put a document into the store and describe it."""
    descriptor, data = describe(media_type, document)
    store.put_blob(data)
    return descriptor


def assemble(bench: Bench, architecture: str) -> PlatformImage:
    """Make one architecture's image; a damaged fragment is dropped and made again.

    :raises EngineError: for everything that is refused
    """
    packages = bench.lock.packages.get(architecture, ())
    removed = removed_packages(bench.spec, bench.lock, architecture)
    fragments = gather(
        (*packages, *removed),
        store=bench.store,
        book=bench.book,
        folder=bench.folder,
        progress=bench.progress,
        threads=bench.threads,
        form=bench.form,
    )
    try:
        gone = {package.name: fragments.pop(package.name) for package in removed}
        return _documents(bench, architecture, fragments, gone)
    except CacheDamagedError as damage:
        for path in bench.store.fragment_paths(damage.key):
            path.unlink(missing_ok=True)
        return assemble(bench, architecture)


def _documents(
    bench: Bench, architecture: str, fragments: Mapping[str, Fragment], gone: Mapping[str, Fragment]
) -> PlatformImage:
    packages = bench.lock.packages.get(architecture, ())
    base = inherited(bench.spec.base, architecture, bench.store)
    layers = _layers(bench, architecture, fragments, gone, base.layers)
    names = [package.name for package in packages]
    config = keep_document(bench.store, CONFIG, _config(bench, architecture, layers, base.config, names))
    document = manifest_document(
        spec=bench.spec, config=config, layers=layers, epoch=bench.lock.epoch, base_digest=base.digest
    )
    manifest = keep_document(bench.store, MANIFEST, document)
    bench.progress("image", f"{architecture} {manifest.digest}")
    sbom = tuple(fragments[name].sbom for name in names)
    bottom = skeleton.skeleton(bench.form, bench.spec.suite, architecture)
    directories = {
        name: tuple(path for path, *_ in fragments[name].directories if path not in bottom) for name in names
    }
    return PlatformImage(architecture, manifest, config, tuple(layers), sbom, directories)


def _layers(
    bench: Bench,
    architecture: str,
    fragments: Mapping[str, Fragment],
    gone: Mapping[str, Fragment],
    below: Sequence[ImageLayer],
) -> list[ImageLayer]:
    """Return the base's layers or the skeleton, then those of packages, then the image's own."""
    added = sorted({p.name for p in bench.lock.packages.get(architecture, ()) if not p.inherited})
    floor = make_small_layer(bench.store, skeleton.skeleton(bench.form, bench.spec.suite, architecture))
    made = _package_layers(bench, fragments, added)
    new = [layer for _, _, layer in made]
    own = own_layer(bench, architecture, fragments, gone, added, new if below else [floor, *new])
    layers = list(below) or [_image_layer(floor, "skeleton", bench.spec.suite, (), is_shared=True)]
    for name, names, layer in made:
        layers.append(_image_layer(layer, "packages", name, tuple(names), is_shared=name != ADDED))
    if own is not None:
        layers.append(_image_layer(own, "own", "own", (), is_shared=False))
    return layers


def _package_layers(bench: Bench, fragments: Mapping[str, Fragment], added: list[str]) -> list[Group]:
    """Make the layers of packages, several at a time; with a base, all added packages share one."""
    if bench.spec.base is not None:
        groups = [(ADDED, added)] if added else []
    else:
        groups = bench.plan.layers(added)

    def make(group: tuple[str, list[str]]) -> Layer:
        layer = make_layer(bench.store, [fragments[name] for name in group[1]])
        bench.progress("layer", f"{group[0]}: {len(group[1])} packages, {layer.size} bytes, {layer.digest}")
        return layer

    with ThreadPoolExecutor(max_workers=bench.threads) as pool:
        return [
            (name, names, layer) for (name, names), layer in zip(groups, pool.map(make, groups), strict=True)
        ]


def _image_layer(
    layer: Layer, kind: str, name: str, packages: tuple[str, ...], *, is_shared: bool
) -> ImageLayer:
    return ImageLayer(
        Descriptor(LAYER_TYPE, layer.digest, layer.size), layer.diff_id, kind, name, packages, layer.raw_size,
        is_shared=is_shared, is_new=layer.is_new,
    )  # fmt: skip


def _config(
    bench: Bench,
    architecture: str,
    layers: Sequence[ImageLayer],
    base: Mapping[str, Any] | None,
    names: Sequence[str],
) -> dict[str, Any]:
    spec = bench.spec
    recipes = [bench.book.recipe(name) for name in sorted(names)]
    accounts = Wanted(lineage(spec), recipes, b"", 0).accounts
    user = accounts.numeric(spec.user) if spec.user is not None else ""
    env = {name: value for recipe in recipes for name, value in recipe.env.items()}
    return config_document(
        spec=spec,
        architecture=architecture,
        user=user,
        env=env,
        epoch=bench.lock.epoch,
        layers=layers,
        base=base,
    )
