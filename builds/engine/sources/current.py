"""The newest signed releases of an archive: fetched each time, held to their dates, never older than before."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from builds.engine.formats import Held
from builds.engine.sources.archive import Source
from builds.engine.sources.release import INRELEASE_LIMIT, Release, read_release
from builds.engine.sources.transport import Transport


def may_expire(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether Valid-Until dates are held to.

    ``ASSAY_ARCHIVE_CHECK_VALID_UNTIL`` says so with 1 or 0. Without it the
    machine's apt decides: whoever told apt that its mirror is a frozen one
    need not say it twice.
    """
    given = environ.get("ASSAY_ARCHIVE_CHECK_VALID_UNTIL", "")
    if given:
        return given != "0"
    try:
        run = subprocess.run(
            ["apt-config", "shell", "CHECK", "Acquire::Check-Valid-Until/b"],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return "CHECK='false'" not in run.stdout


def current_releases(
    sources: Sequence[Source], held: Mapping[str, Held], transport: Transport
) -> list[Release]:
    """Fetch and verify the release of each source.

    ``held`` are releases read before, by the source's id; an older one is not
    taken instead, as an archive never goes back. Raises ``IndexExpired`` and
    what ``read_release`` and ``Transport.read`` raise.
    """
    with ThreadPoolExecutor(max_workers=len(sources)) as pool:
        raws = list(
            pool.map(lambda s: transport.read(s, f"{s.release}/InRelease", limit=INRELEASE_LIMIT), sources)
        )
        releases = list(pool.map(lambda pair: _read(pair[0], pair[1], held), zip(sources, raws, strict=True)))
    if may_expire():
        now = time.time()
        for release in releases:
            release.check_current(now)
    return releases


def _read(source: Source, raw: bytes, held: Mapping[str, Held]) -> Release:
    release = read_release(source, raw)
    before = held.get(source.id)
    if before is None or before.raw == raw:
        return release
    older = read_release(source, before.raw)
    return older if older.date > release.date else release
