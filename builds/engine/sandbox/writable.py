"""The places of an image that must be writable although its root is not."""

from collections.abc import Iterator, Mapping
from typing import Any

from builds.engine.sandbox.static import resolve
from builds.engine.tar import DIRECTORY, TarEntry

ALWAYS = ("/tmp", "/run", "/var/tmp")  # noqa: S108 - inside the container


def writable_places(
    config: Mapping[str, Any], merged: Mapping[str, TarEntry]
) -> Iterator[tuple[str, TarEntry]]:
    """Yield path and entry of temporary directories and declared volumes, those that the image has."""
    for path in sorted({*ALWAYS, *config.get("Volumes", {})}):
        entry = resolve(path, merged)
        if entry is not None and entry.kind == DIRECTORY:
            yield path, entry
