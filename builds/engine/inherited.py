"""What a golden image takes over from its base: layers as they are, configuration, the manifest's digest."""

import json
from dataclasses import dataclass
from typing import Any

from builds.engine.errors import EngineError
from builds.engine.image import LAYER, Descriptor, ImageLayer
from builds.engine.spec.values import BaseImage
from builds.engine.store import Store


class BaseMissingError(EngineError):
    """A base image whose documents are not in the store."""

    code = "base-missing"
    is_fault = True
    sentence = "The base image's {what} {digest} is not in the store."


@dataclass(frozen=True, slots=True)
class Inherited:
    """A base of one architecture; empty for an image without one."""

    layers: tuple[ImageLayer, ...] = ()
    config: dict[str, Any] | None = None
    digest: str = ""


def inherited(base: BaseImage | None, architecture: str, store: Store) -> Inherited:
    """Read what an image inherits from the base's documents.

    :raises BaseMissingError: when a document is not in the store
    """
    if base is None:
        return Inherited()
    digest = base.manifests[architecture]
    manifest = _document(store, digest, "manifest")
    config = _document(store, manifest["config"]["digest"], "configuration")
    layers = tuple(
        ImageLayer(Descriptor(LAYER, item["digest"], item["size"]), diff_id, "base", "base", is_shared=True)
        for item, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
    )
    return Inherited(layers, config, digest)


def _document(store: Store, digest: str, what: str) -> dict[str, Any]:
    try:
        document = json.loads(store.read_blob(digest))
    except FileNotFoundError:
        raise BaseMissingError(what=what, digest=digest) from None
    assert isinstance(document, dict)
    return document
