"""Where an image is unpacked for its tests: in memory where that is roomy, else on the disk.

Thousands of small files cost seconds on a busy disk and next to nothing in memory.
"""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - the one file system in memory that Linux promises
#: Bytes unpacked for each byte compressed, generously.
SWELL = 8
#: Bytes of memory that must stay free for everything else.
KEPT_FREE = 1 << 30


def roomy_place(size: int) -> Path:
    """Return the directory to unpack an image of ``size`` compressed bytes below."""
    return MEMORY if _has_room(MEMORY, size * SWELL) else Path(tempfile.gettempdir())


def _has_room(place: Path, needed: int) -> bool:
    try:
        seen = os.statvfs(place)
    except OSError:
        return False
    if seen.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) or not os.access(place, os.W_OK | os.X_OK):
        return False
    return seen.f_bavail * seen.f_frsize > needed and _available_memory() > needed + KEPT_FREE


def _available_memory() -> int:
    """Return the bytes that programs may still take, as the kernel reckons (proc(5), MemAvailable)."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0
