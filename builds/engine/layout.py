"""Built images as OCI image layout directories, for tools that read one (image-layout 1.1)."""

import json
import os
import shutil
from pathlib import Path

from builds.engine.built import BuiltImage
from builds.engine.canonical import canonical_json
from builds.engine.errors import EngineError
from builds.engine.store import Store


class LayoutExistsError(EngineError):
    """A target directory that holds something already."""

    code = "layout-exists"
    sentence = "{path} exists and is not empty; choose another directory."


class NoLayoutError(EngineError):
    """A directory that is not an image layout with one image."""

    code = "layout-unreadable"
    sentence = "{path} is not an OCI image layout of one image."


def write_layout(store: Store, image: BuiltImage, target: Path, tag: str = "latest") -> None:
    """Write ``image`` below ``target``; blobs are hard links to the store's where the file system allows.

    :raises LayoutExistsError: when ``target`` is not empty
    :raises FileNotFoundError: when a base layer is not in the store
    """
    if target.exists() and any(target.iterdir()):
        raise LayoutExistsError(path=str(target))
    (target / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    digests = {image.index.digest}
    for platform in image.platforms:
        digests |= {platform.manifest.digest, platform.config.digest}
        digests |= {layer.descriptor.digest for layer in platform.layers}
    for digest in sorted(digests):
        _place(store.blob_path(digest), target / "blobs" / digest.replace(":", "/"))
    entry = {**image.index.to_json(), "annotations": {"org.opencontainers.image.ref.name": tag}}
    (target / "index.json").write_bytes(canonical_json({"schemaVersion": 2, "manifests": [entry]}))
    (target / "oci-layout").write_bytes(canonical_json({"imageLayoutVersion": "1.0.0"}))


def layout_digest(layout: Path) -> str:
    """Return the digest of a layout's image; its blobs lie as a ``Store`` keeps them.

    :raises NoLayoutError: when there is no layout, or not one image in it
    """
    try:
        (entry,) = json.loads((layout / "index.json").read_bytes())["manifests"]
        return str(entry["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoLayoutError(path=str(layout)) from error


def _place(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
