"""Commits that a loss of power may take back, on SQLite: the steps of an upload, and a blob that no manifest names yet.

Every other commit is synced to the disk before it is answered (`synchronous=FULL`, see `portal.settings`), and with it
all that were made before, so that an acknowledged manifest has its blobs. A blob whose row was taken back is sent
again: a client asks for it, or its manifest is refused. Not in charge of a blob's bytes: the store syncs them itself.
PostgreSQL joins the syncs of commits that are made at once, and needs none of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def unsynced() -> Iterator[None]:
    """Commits in this block reach the disk with the next one after it, or when the system writes them."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    driver = connection.connection  # spares what Django does around a statement, on every chunk
    driver.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        if connection.connection is driver:
            driver.execute("PRAGMA synchronous=FULL")
