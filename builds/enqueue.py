"""Wake a worker for a build, once its row is committed. The row is the truth; this only wakes."""

from __future__ import annotations

import logging
from functools import partial

from django.db import transaction
from kombu.exceptions import OperationalError

from builds.models import Build

log = logging.getLogger(__name__)


def enqueue(*, build: Build, key: str) -> None:
    """Send `build` and its worker key to the queue `builds` after commit.

    A broker that does not answer loses nothing: the reaper sends waiting builds again.
    """
    transaction.on_commit(partial(_send, str(build.id), key))


def _send(build: str, key: str) -> None:
    from builds import tasks

    try:
        tasks.run_build.delay(build, key)
    except (OperationalError, OSError):
        log.exception("The queue did not take build %s; the reaper will send it again.", build)
