"""The build engine: its targets, and the same packages through mmdebstrap and buildah.

    python -m bench.engine [--rounds N] [--without-peers] [--without-catalogue]

Packages are downloaded first. Then each round times ours and the peers in turn; figures are medians, with their
spread. Prints a table, and one JSON object last. The peers need root, as they do everywhere.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.engine.catalogue import Catalogue, survey
from bench.engine.ours import Ours, peak_rss_mb
from bench.engine.peers import Buildah, mmdebstrap
from bench.engine.workload import ADDED, BASE, flat_repository, prepare

Taken = dict[str, list[float]]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--without-catalogue", action="store_true")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="assay-bench-", dir=Path.home() / ".cache/assay") as scratch:
        folder = Path(scratch)
        work = prepare()
        ours = Ours(work, folder)
        p95, runs = ours.resolve_p95_ms(), _runs(ours)
        rss = peak_rss_mb()
        if not given.without_peers:
            runs |= _peers(ours, folder)
        taken = _rounds(runs, given.rounds)
        catalogue = None if given.without_catalogue else survey(work.snapshot, folder / "catalogue")
        _tell(ours, taken, p95, rss, catalogue)
    return 0


def _runs(ours: Ours) -> dict[str, Callable[[], float]]:
    return {
        "cold_s": ours.cold, "warm_s": ours.warm, "memoised_s": ours.memoised, "delta_s": ours.delta,
        "delta_cold_s": ours.delta_cold,
    }  # fmt: skip


def _peers(ours: Ours, folder: Path) -> dict[str, Callable[[], float]]:
    first, both = ours.work.for_apt(BASE), ours.work.for_apt(BASE + ADDED)
    flat_repository(first, ours.work.cache, folder / "first")
    flat_repository(both, ours.work.cache, folder / "both")
    names = [package.name for package in first]
    buildah = Buildah(folder, folder / "both")
    buildah.prepare()
    return {
        "mmdebstrap_s": lambda: mmdebstrap(folder / "first", names, folder / "peer.tar.gz"),
        "buildah_s": lambda: buildah.add(ADDED),
    }


def _rounds(runs: dict[str, Callable[[], float]], rounds: int) -> Taken:
    taken: Taken = {name: [] for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return taken


def _ratio(taken: Taken, peer: str, own: str) -> float | None:
    """The median of the rounds' own ratios: what disturbs the machine disturbs both sides of a round."""
    if peer not in taken:
        return None
    return statistics.median(theirs / mine for theirs, mine in zip(taken[peer], taken[own], strict=True))


def _tell(ours: Ours, taken: Taken, p95: float, rss: float, catalogue: Catalogue | None) -> None:
    _table(ours, taken, p95)
    result: dict[str, object] = {"bench": "engine", "resolve_p95_ms": round(p95, 1)}
    result |= {name: round(statistics.median(found), 4) for name, found in taken.items()}
    for key, peer, own in (
        ("cold_vs_mmdebstrap", "mmdebstrap_s", "cold_s"),
        ("delta_vs_buildah", "buildah_s", "delta_s"),
        ("delta_cold_vs_buildah", "buildah_s", "delta_cold_s"),
    ):
        ratio = _ratio(taken, peer, own)
        result[key] = None if ratio is None else round(ratio, 1)
    result |= {
        "packages": len(ours.work.packages),
        "content_mb": round(ours.megabytes, 1),
        "packed_mb": round(ours.packed_megabytes, 1),
    }
    if catalogue is not None:
        result |= _catalogue(catalogue)
    result["peak_rss_mb"] = round(rss, 1)
    print(json.dumps(result))


def _table(ours: Ours, taken: Taken, p95: float) -> None:
    print(f"{len(ours.work.packages)} packages, {ours.megabytes:.1f} MB of content, "
          f"{ours.packed_megabytes:.1f} MB packed, {len(ours.base.platforms[0].layers)} layers; "
          f"{len(ADDED)} requests added upon it")  # fmt: skip
    print(f"{'':16} {'median':>9} {'least':>9} {'most':>9}   target")
    targets = {"cold_s": "<= 1.5 for 40 packages", "memoised_s": "<= 0.05",
               "warm_s": f"<= {0.15 * ours.megabytes / 50:.2f} (0.15 per 50 MB)"}  # fmt: skip
    for name, found in taken.items():
        middle = statistics.median(found)
        print(f"{name:16} {middle:9.3f} {min(found):9.3f} {max(found):9.3f}   {targets.get(name, '')}")
    print(f"{'resolve_p95_ms':16} {p95:9.1f} {'':9} {'':9}   <= 50")


def _catalogue(found: Catalogue) -> dict[str, object]:
    for name, why in found.refused.items():
        print(f"not built: {name}: {why}")
    shares, count = found.report(), len(found.images)
    print(f"catalogue: {found.same} of {count} images equal when built twice; "
          f"{shares['optimum_bytes'] / 1e6:.1f} MB with each package once; our layers keep "
          f"{shares['plan_over_optimum']:.2%} more (target 2 %), {shares['mean_layers']:.1f} an image and "
          f"{shares['most_layers']:.0f} at most; apko's origin rule {shares['origin_over_optimum']:.2%}")  # fmt: skip
    return {
        "unique_bytes_over_optimum": round(shares["plan_over_optimum"], 4),
        "origin_rule_over_optimum": round(shares["origin_over_optimum"], 4),
        "reproducible": found.same, "images": count, "images_refused": len(found.refused),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
