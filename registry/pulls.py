"""The pull audit: one row per manifest GET, written in batches by a running server.

A web process calls `start_writer()`. Rows then wait for less than a second, so that is the most a process that
is killed takes with it; a clean stop loses none. Without a writer (commands, tests) each is written at once.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import DatabaseError, DataError, IntegrityError, close_old_connections, connection, transaction

from tenants.scope import platform_wide

#: Seconds between batches: half of what may be lost, the rest is for writing them.
PERIOD = 0.5
#: When more than these wait, pulls wait, too: the request that finds them writes them.
MOST_WAITING = 20_000

_INSERT = """
    INSERT INTO registry_pull (tenant_id, repository_id, digest, tag, actor, client, address, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was taken, and by whom; the same for each repetition of one request."""

    tenant_id: int | None
    repository_id: int
    digest: str
    #: The tag that was asked for, or "".
    tag: str
    actor: str


class _Row(NamedTuple):
    pulled: Pulled
    client: str
    address: str
    #: Unix time.
    at: float


# Appending to and taking from a deque is one step for all threads, so a pull waits for no lock.
_waiting: deque[_Row] = deque()
_writing = threading.Lock()
_stop = threading.Event()
_writer: threading.Thread | None = None


def record(pulled: Pulled, *, client: str, address: str) -> None:
    """Note a pull; it never fails the pull itself."""
    _waiting.append(_Row(pulled, client[:200], address[:45], time.time()))
    if _writer is None or len(_waiting) > MOST_WAITING:
        flush()


def flush() -> None:
    """Write what waits. While the database refuses, rows go on waiting; the log says what had to be dropped."""
    with _writing:
        batch = [_waiting.popleft() for _ in range(len(_waiting))]
        if not batch:
            return
        try:
            _write(batch)
        except DatabaseError:
            kept = batch[-MOST_WAITING:]
            _waiting.extendleft(reversed(kept))
            _log.exception("The pull audit waits: %d rows; %d dropped", len(kept), len(batch) - len(kept))


def start_writer() -> None:
    """Write batches in the background from now on; once per process."""
    global _writer  # noqa: PLW0603 - one per process by nature
    with _writing:
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


def _write(batch: Sequence[_Row]) -> None:
    """All of them in one transaction. One that is refused (its repository is gone) takes no other with it."""
    try:
        with platform_wide(), transaction.atomic():  # whoever's pulls wait
            _insert(batch)
    except (DataError, IntegrityError):
        if len(batch) == 1:
            _log.warning("Not in the pull audit: %s", batch[0].pulled, exc_info=True)
            return
        middle = len(batch) // 2
        _write(batch[:middle])
        _write(batch[middle:])


def _insert(batch: Sequence[_Row]) -> None:
    # Not by the ORM, which takes eight times as long for each row: at a full rate half of a processor.
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_values(row) for row in batch])


def _values(row: _Row) -> tuple[int | str | datetime | None, ...]:
    one = row.pulled
    at = connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(row.at, UTC))
    return (
        one.tenant_id,
        one.repository_id,
        one.digest,
        one.tag,
        one.actor[:254],
        row.client,
        row.address,
        at,
    )
