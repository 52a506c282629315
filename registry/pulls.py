"""The pull audit: one row per manifest GET, written in batches by a running server.

A server calls `start_writer()`; rows then wait at most a second and are written on a clean stop.
Without a writer (commands, tests) each is written at once.
"""

from __future__ import annotations

import atexit
import logging
import threading

from django.db import DatabaseError, close_old_connections, transaction

from registry.models import Pull

PERIOD = 1.0
#: More waiting rows than this are written by the request that finds them.
MOST_WAITING = 500

_log = logging.getLogger(__name__)
_waiting: list[Pull] = []
_lock = threading.Lock()
_stop = threading.Event()
_writer: threading.Thread | None = None


def record(pull: Pull) -> None:
    """Note a pull; it never fails the pull itself."""
    with _lock:
        _waiting.append(pull)
        is_due = _writer is None or len(_waiting) > MOST_WAITING
    if is_due:
        flush()


def flush() -> None:
    """Write what waits. A database that refuses loses the batch, and the log says how much."""
    with _lock:
        batch = _waiting[:]
        _waiting.clear()
    if not batch:
        return
    try:
        with transaction.atomic():
            Pull.objects.bulk_create(batch)
    except DatabaseError:
        _log.exception("Lost %d rows of the pull audit", len(batch))


def start_writer() -> None:
    """Write batches in the background from now on; once per process."""
    global _writer  # noqa: PLW0603 - one per process by nature
    with _lock:
        if _writer is not None:
            return
        _writer = threading.Thread(target=_write_forever, name="pull-audit", daemon=True)
    _writer.start()
    atexit.register(stop_writer)


def stop_writer() -> None:
    """Write what waits and stop."""
    global _writer  # noqa: PLW0603
    writer = _writer
    if writer is not None:
        _stop.set()
        writer.join(timeout=10)
        _writer = None
        _stop.clear()


def _write_forever() -> None:
    while not _stop.wait(PERIOD):
        flush()
        close_old_connections()
    flush()
