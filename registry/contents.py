"""The bytes of small blobs, for our own use. Not in charge of who may see them."""

from __future__ import annotations

from registry import storage
from registry.digest import Digest, parse
from registry.models import Blob


class Unreadable(LookupError):
    """The bytes of a blob are not there, or are not those that its digest names."""


def read(blob: Blob) -> bytes:
    """All of a blob, checked against its digest. Raises Unreadable."""
    try:
        content = b"".join(storage.current().read(blob.storage_key, blob.size))
    except storage.NotStored as error:
        raise Unreadable(blob.digest) from error
    if str(Digest.of(content, parse(blob.digest).algorithm)) != blob.digest:
        raise Unreadable(blob.digest)
    return content
