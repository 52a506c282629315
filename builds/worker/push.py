"""Push a built image into staging: what the registry lacks, then manifests by digest, the index last.

Layers of the base are mounted, so no byte of them moves. Not in charge of tags: nothing here moves one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from builds.engine.built import BuiltImage
from builds.engine.store import Store
from builds.worker.registry import Staging


def push(image: BuiltImage, *, store: Store, staging: Staging, say: Callable[[str], None]) -> str:
    """Give a line of outcome, such as "2 blobs pushed, 26 mounted". Raises PushRefused."""
    done: Counter[str] = Counter()
    sent = 0
    seen: set[str] = set()
    for platform in image.platforms:
        for blob in (*(layer.descriptor for layer in platform.layers), platform.config):
            if blob.digest in seen:
                continue
            seen.add(blob.digest)
            how = staging.ensure_blob(digest=blob.digest, path=store.blob_path(blob.digest))
            done[how] += 1
            sent += blob.size if how == "pushed" else 0
            say(f"{blob.digest} {blob.size} bytes {how}")
        staging.put_manifest(
            digest=platform.manifest.digest,
            media_type=platform.manifest.media_type,
            content=store.read_blob(platform.manifest.digest),
        )
    staging.put_manifest(
        digest=image.index.digest,
        media_type=image.index.media_type,
        content=store.read_blob(image.index.digest),
    )
    return f"{done['pushed']} blobs pushed ({sent} bytes), {done['mounted'] + done['present']} already there"
