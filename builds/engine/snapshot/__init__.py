"""Index snapshots: what a verified archive offered at one moment, ready to solve.

``refresh`` makes them, ``open_current`` and ``open_snapshot`` read them.
"""

from builds.engine.snapshot.opening import Snapshot, open_current, open_snapshot
from builds.engine.snapshot.refresh import refresh

__all__ = ["Snapshot", "open_current", "open_snapshot", "refresh"]
