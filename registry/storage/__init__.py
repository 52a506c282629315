"""Where bytes are kept: finished blobs in a `Store`, uploads under way in the spool.

Bytes only. Which repository may serve a blob, and every row about it, is someone else's business.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from registry.storage.files import Files
from registry.storage.store import PIECE, NotStored, Reading, Store, Stored

__all__ = ["PIECE", "NotStored", "Reading", "Store", "Stored", "current"]


def current() -> Store:
    """The store of finished blobs that the settings name: an object store, or a directory."""
    if not settings.OBJECT_STORE:
        return _files(Path(settings.STORAGE_ROOT))
    return _objects(settings.OBJECT_STORE, settings.OBJECT_STORE_ALLOW_HTTP)


@lru_cache(maxsize=8)
def _files(root: Path) -> Files:
    return Files(root)


@lru_cache(maxsize=8)
def _objects(url: str, allow_http: bool) -> Store:
    from registry.storage.objects import Objects  # its library is an extra, and takes a while to load

    return Objects(url, allow_http=allow_http)
