"""Build an image from a spec and a lock: fragments, layers, documents, all in the store.

Nothing is solved, downloaded, run or published here. Same spec, lock and engine give the same digests on
any machine, whatever is in the store.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.engine import compressor
from builds.engine.canonical import digest_of
from builds.engine.errors import EngineError
from builds.engine.fragments import Fragment
from builds.engine.gather import Progress, gather
from builds.engine.generated import skeleton
from builds.engine.generated.top import Below, Wanted, top_entries
from builds.engine.generated.trust import BUNDLE
from builds.engine.image import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Descriptor,
    ImageLayer,
    config_document,
    describe,
    index_document,
    manifest_document,
)
from builds.engine.layers import (
    CacheDamagedError,
    Layer,
    join_directories,
    make_layer,
    make_small_layer,
)
from builds.engine.leaves import read_leaf
from builds.engine.lock import Lock
from builds.engine.plan import ADDED, Plan, load_plan
from builds.engine.recipes import RecipeBook, load_book
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


class BaseMissingError(EngineError):
    """A base image whose documents are not in the store."""

    code = "base-missing"
    is_fault = True
    sentence = "The base image's {what} {digest} is not in the store."


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """One architecture's image. ``sbom`` and ``findings`` are its packages' pieces, as data for the caller."""

    architecture: str
    manifest: Descriptor
    config: Descriptor
    layers: tuple[ImageLayer, ...]
    sbom: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, str], ...]

    @property
    def size(self) -> int:
        """Bytes to pull: all layers, compressed."""
        return sum(layer.descriptor.size for layer in self.layers)

    @property
    def new_blobs(self) -> tuple[Descriptor, ...]:
        """The blobs above the base, in push order: what a registry that has the base may lack."""
        return (*(layer.descriptor for layer in self.layers if layer.kind != "base"), self.config)


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """A built image: its index, and the image of each architecture. All documents and layers are in the store."""

    index: Descriptor
    platforms: tuple[PlatformImage, ...]
    spec_digest: str
    lock_digest: str


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every step of one build works with."""

    spec: Spec
    lock: Lock
    store: Store
    book: RecipeBook
    plan: Plan
    folder: Path
    progress: Progress
    threads: int


def _silent(step: str, message: str) -> None:
    """Say nothing."""


def build(
    spec: Spec, lock: Lock, store: Store, packages_dir: Path, *,
    book: RecipeBook | None = None, plan: Plan | None = None, progress: Progress = _silent, threads: int = 2,
) -> BuiltImage:  # fmt: skip
    """Build every architecture of ``spec`` from exactly the packages of ``lock``.

    :param packages_dir: where downloaded packages lie; only those without a kept fragment are opened
    :param progress: called with a step (``unpack``, ``layer``, ``image``) and a line for people
    :raises SpecInvalidError: when the spec breaks a rule
    :raises LockDiffersError: when engine, recipes or plan are not those of the lock
    :raises EngineError: for everything else that is refused; see the modules this one calls
    """
    errors = validate(spec)
    if errors:
        raise SpecInvalidError(errors=errors)
    compressor.check()
    bench = _Bench(
        spec, lock, store, book or load_book(), plan or load_plan(spec.suite), packages_dir, progress, threads
    )
    _check_lock(bench)
    platforms = tuple(
        _build_platform(bench, architecture) for architecture in sorted(set(spec.architectures))
    )
    document = index_document(spec, [(image.architecture, image.manifest) for image in platforms], lock.epoch)
    index = _keep(store, INDEX, document)
    return BuiltImage(index, platforms, spec.digest, lock.digest)


def _check_lock(bench: _Bench) -> None:
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


def _keep(store: Store, media_type: str, document: Mapping[str, Any]) -> Descriptor:
    descriptor, data = describe(media_type, document)
    store.put_blob(data)
    return descriptor


def _build_platform(bench: _Bench, architecture: str) -> PlatformImage:
    spec, store = bench.spec, bench.store
    packages = bench.lock.packages.get(architecture, ())
    base_layers, base_config, base_digest = _base(bench, architecture)
    fragments = gather(
        packages,
        store=store,
        book=bench.book,
        folder=bench.folder,
        progress=bench.progress,
        threads=bench.threads,
    )
    inherited = {package.name for package in packages if package.inherited}
    floor = _skeleton_layer(store, spec.suite, architecture)
    try:
        made = _package_layers(bench, fragments, inherited)
        own = _own_layer(bench, architecture, fragments, inherited, [floor, *(layer for _, _, layer in made)])
    except CacheDamagedError as damage:
        for path in store.fragment_paths(damage.key):
            path.unlink(missing_ok=True)
        return _build_platform(bench, architecture)
    layers = list(base_layers) or [_image_layer(floor, "skeleton", spec.suite, (), is_shared=True)]
    for name, names, layer in made:
        layers.append(_image_layer(layer, "packages", name, tuple(names), is_shared=name != ADDED))
    if own is not None:
        layers.append(_image_layer(own, "own", "own", (), is_shared=False))
    config = _keep(
        store, CONFIG, _config(bench, architecture, layers, base_config, [p.name for p in packages])
    )
    document = manifest_document(
        spec=spec, config=config, layers=layers, epoch=bench.lock.epoch, base_digest=base_digest
    )
    manifest = _keep(store, MANIFEST, document)
    bench.progress("image", f"{architecture} {manifest.digest}")
    ordered = [fragments[package.name] for package in packages]
    return PlatformImage(
        architecture, manifest, config, tuple(layers), tuple(fragment.sbom for fragment in ordered),
        tuple({**finding, "package": fragment.package} for fragment in ordered for finding in fragment.findings),
    )  # fmt: skip


def _skeleton_layer(store: Store, suite: str, architecture: str) -> Layer:
    return make_small_layer(store, skeleton.skeleton(suite, architecture))


def _package_layers(
    bench: _Bench, fragments: Mapping[str, Fragment], inherited: set[str]
) -> list[tuple[str, list[str], Layer]]:
    """Make the layers of packages, several at a time; with a base, all added packages share one."""
    added = sorted(set(fragments) - inherited)
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


def _own_layer(
    bench: _Bench,
    architecture: str,
    fragments: Mapping[str, Fragment],
    inherited: set[str],
    layers: Sequence[Layer],
) -> Layer | None:
    """Make the top layer: what packages do not ship; None when it would be empty."""
    spec, lock = bench.spec, bench.lock
    below = _below(spec, architecture, fragments)
    public = _public_authorities(bench.store, fragments)
    bases = _lineage(spec)[:-1]
    wanted = Wanted(
        _lineage(spec), [bench.book.recipe(name) for name in sorted(fragments)], public, lock.epoch
    )
    before = None
    if spec.base is not None:
        old = {name: fragments[name] for name in sorted(inherited)}
        recipes = [bench.book.recipe(name) for name in old]
        before = Wanted(bases, recipes, _public_authorities(bench.store, old), spec.base.lock.epoch)
        layers = layers[1:]
    entries = top_entries(wanted=wanted, before=before, below=below, new_layers=layers)
    return make_small_layer(bench.store, entries) if entries else None


def _lineage(spec: Spec) -> list[Spec]:
    """Return the specs of the bases, the lowest first, and the spec itself."""
    return [*(_lineage(spec.base.spec) if spec.base else []), spec]


def _below(spec: Spec, architecture: str, fragments: Mapping[str, Fragment]) -> Below:
    """Return who owns each path below the top layer.

    :raises PathConflictError: when two packages own a path, also in different layers
    """
    directories = join_directories(fragments[name] for name in sorted(fragments))
    leaves = {leaf[0]: fragment.package for fragment in fragments.values() for leaf in fragment.leaves}
    for path, (entry, _) in skeleton.skeleton(spec.suite, architecture).items():
        if entry.kind == "directory":
            directories[path] = entry
        else:
            leaves[path] = "the skeleton"
    return Below(leaves, directories, architecture)


def _public_authorities(store: Store, fragments: Mapping[str, Fragment]) -> bytes:
    for fragment in fragments.values():
        if any(leaf[0] == BUNDLE for leaf in fragment.leaves):
            return read_leaf(store, fragment, BUNDLE)
    return b""


def _base(bench: _Bench, architecture: str) -> tuple[list[ImageLayer], dict[str, Any] | None, str]:
    """Return the base's layers as they are, its configuration document and its manifest's digest."""
    base = bench.spec.base
    if base is None:
        return [], None, ""
    digest = base.manifests[architecture]
    manifest = _document(bench.store, digest, "manifest")
    config = _document(bench.store, manifest["config"]["digest"], "configuration")
    layers = [
        ImageLayer(Descriptor(LAYER, item["digest"], item["size"]), diff_id, "base", "base", is_shared=True)
        for item, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
    ]
    return layers, config, digest


def _document(store: Store, digest: str, what: str) -> dict[str, Any]:
    try:
        document = json.loads(store.read_blob(digest))
    except FileNotFoundError:
        raise BaseMissingError(what=what, digest=digest) from None
    assert isinstance(document, dict)
    return document


def _image_layer(
    layer: Layer, kind: str, name: str, packages: tuple[str, ...], *, is_shared: bool
) -> ImageLayer:
    return ImageLayer(
        Descriptor(LAYER, layer.digest, layer.size), layer.diff_id, kind, name, packages, layer.raw_size,
        is_shared=is_shared, is_new=layer.is_new,
    )  # fmt: skip


def _config(
    bench: _Bench,
    architecture: str,
    layers: Sequence[ImageLayer],
    base: Mapping[str, Any] | None,
    names: Sequence[str],
) -> dict[str, Any]:
    spec = bench.spec
    recipes = [bench.book.recipe(name) for name in sorted(names)]
    accounts = Wanted(_lineage(spec), recipes, b"", 0).accounts
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


def inputs_key(spec: Spec, lock: Lock) -> str:
    """Return the digest over all that decides an image: spec and lock, which names everything else."""
    return digest_of([spec.digest, lock.digest])
