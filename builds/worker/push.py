"""Push a built image into staging: what the registry lacks, then manifests by digest, the index last.

Layers of the base are mounted, so no byte of them moves. Not in charge of tags: nothing here moves one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from builds.engine.built import BuiltImage, PlatformImage
from builds.engine.store import Store
from builds.worker.registry import Staging


def push(image: BuiltImage, *, store: Store, staging: Staging, say: Callable[[str], None]) -> str:
    """Give a line of outcome, such as "2 blobs pushed, 26 mounted". Raises PushRefused."""
    done: Counter[str] = Counter()
    for platform in image.platforms:
        push_platform(platform, store=store, staging=staging, say=say, done=done)
    staging.put_manifest(
        digest=image.index.digest,
        media_type=image.index.media_type,
        content=store.read_blob(image.index.digest),
    )
    there = done["mounted"] + done["present"]
    return f"{done['pushed']} blobs pushed ({done['bytes']} bytes), {there} already there"


def push_platform(
    platform: PlatformImage, *, store: Store, staging: Staging, say: Callable[[str], None], done: Counter[str]
) -> None:
    """Push one platform's blobs and manifest; `done` counts blobs by how, and bytes sent. Raises PushRefused."""
    blobs = {
        blob.digest: blob for blob in (*(layer.descriptor for layer in platform.layers), platform.config)
    }
    for blob in blobs.values():
        how = staging.ensure_blob(digest=blob.digest, path=store.blob_path(blob.digest))
        done[how] += 1
        done["bytes"] += blob.size if how == "pushed" else 0
        say(f"{blob.digest} {blob.size} bytes {how}")
    staging.put_manifest(
        digest=platform.manifest.digest,
        media_type=platform.manifest.media_type,
        content=store.read_blob(platform.manifest.digest),
    )
