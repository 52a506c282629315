"""Keys that are made of a worker's key. Free of any database, since workers make them, too."""

from __future__ import annotations

import hashlib
import hmac


def pull_key(key: str) -> str:
    """The key that may only pull from a staging: for a cluster that tests what the worker pushed."""
    return hmac.new(key.encode(), b"pull", hashlib.sha256).hexdigest()
