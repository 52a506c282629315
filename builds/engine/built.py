"""What a build gives: an index and the image of each architecture, all of it in the store.

Values only. Not in charge of making them (``build``) nor of where they go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builds.engine.image import Descriptor, ImageLayer


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """One architecture's image. ``sbom`` are its packages' pieces, as data for the caller.

    ``directories`` are those that each package brings, without a leading “/” and without those of every image.
    """

    architecture: str
    manifest: Descriptor
    config: Descriptor
    layers: tuple[ImageLayer, ...]
    sbom: tuple[Mapping[str, Any], ...]
    directories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
