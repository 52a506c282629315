"""Random pairs of packages, solved: each ends in an answer or a named refusal, never in anything else.

python -m tests.builds.engine.pairs [COUNT] [SEED]     # 1,000 of them, with times
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import time
from dataclasses import dataclass, field

from builds.engine.errors import EngineError
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot, refresh
from builds.engine.snapshot.ingest import FACTS_FILE
from tests.builds.engine.real import SUITE


@dataclass
class Tally:
    """How the pairs ended, and how many seconds each took."""

    solved: int = 0
    refused: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


def names_of(snapshot: Snapshot, architecture: str = "amd64") -> list[str]:
    with sqlite3.connect(snapshot.directory / architecture / FACTS_FILE) as db:
        return [row[0] for row in db.execute("SELECT DISTINCT name FROM package ORDER BY name")]


def solve_pairs(snapshot: Snapshot, *, count: int, chance: random.Random) -> Tally:
    """Solve `count` pairs. Anything but an answer or an EngineError is raised, with the pair."""
    tally, names = Tally(), names_of(snapshot)
    for _ in range(count):
        pair = chance.sample(names, 2)
        began = time.perf_counter()
        try:
            found = resolve(snapshot, architecture="amd64", packages=pair)
            assert set(pair) <= {package.name for package in found}, pair
            tally.solved += 1
        except EngineError as error:
            if error.is_fault or not str(error):
                raise AssertionError(f"{pair} ended in {error!r}") from error
            tally.refused += 1
            tally.codes[error.code] = tally.codes.get(error.code, 0) + 1
        except Exception as error:
            raise AssertionError(f"{pair} ended in {error!r}") from error
        tally.seconds.append(time.perf_counter() - began)
    return tally


def main(argv: list[str]) -> int:
    count, seed = int(argv[0]) if argv else 1000, int(argv[1]) if len(argv) > 1 else 20260822
    tally = solve_pairs(refresh(suite=SUITE), count=count, chance=random.Random(seed))
    slow = statistics.quantiles(tally.seconds, n=20)[-1] * 1000
    print(f"{count} pairs: {tally.solved} solved, {tally.refused} refused {tally.codes}, p95 {slow:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
