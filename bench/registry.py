"""The registry against its peers: CNCF distribution for the protocol, nginx for bytes.

    python -m bench.registry [--rounds N] [--seconds N] [--small]

Starts our server as in production, distribution and nginx on this machine, gives each the same image, and
measures them in turn. Ours checks a token, looks up a grant and writes the pull audit; distribution runs without
authentication. Prints a table, and one JSON object on the last line; each ratio is the median of its rounds, with
the lowest and highest. Ends with status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import collecting, deciding, load, peers
from bench.load import Target
from bench.report import publish, say
from registry import media
from tests.conformance.server import Portal

#: Key of a figure, and the lowest (or, for the second group, the highest) value that is good.
AT_LEAST = {
    "manifest_get_by_tag_vs_distribution": 2,
    "manifest_head_by_tag_vs_distribution": 2,
    "manifest_get_by_digest_vs_distribution": 2,
    "blob_10mb_vs_nginx": 0.9,
    "push_1mb_vs_distribution": 0.8,
}
AT_MOST = {
    "tags_p99_50000_over_10": 1.5,
    "authorise_p99_ms": 20,
    "authorise_p99_ms_postgresql": 20,
    "start_s_100000_manifests": 5,
    "failed_while_collecting": 0,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Something done a second: its key, ours and theirs, and who they are."""

    key: str
    peer: str
    ours: Callable[[], float]
    theirs: Callable[[], float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--small", action="store_true", help="fewer tenants, to try the command out")
    parser.add_argument("--page", type=Path, help="a page to write the table to")
    told = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit("bench: stopped"))
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name, Portal(MALLOC_ARENA_MAX="2") as portal:
        Path(name).chmod(0o755)
        figures |= measure(Path(name), portal, told)
        say("pulls while garbage is collected")
        figures |= collecting.failed_pulls(portal, seconds=15)
    say(f"so far: {json.dumps(figures)}")
    say("deciding pulls of many tenants")
    figures |= deciding.figures(is_small=told.small)
    return report(figures, told.page)


def measure(place: Path, portal: Portal, told: argparse.Namespace) -> dict[str, object]:
    """Everything that is measured against the peers, while all of them run."""
    found = portal.call("bench.registry_stock:publish")
    with (
        peers.distribution(place, portal, found) as distribution,
        peers.nginx(place, Path(found["file"])) as nginx,
        peers.accelerated(place, portal) as (front, behind),
    ):
        wanted = cases(portal, found, distribution, nginx, front, told.seconds)
        rates: dict[str, list[tuple[float, float]]] = {one.key: [] for one in wanted}
        for turn in range(told.rounds):
            say(f"round {turn + 1} of {told.rounds}")
            for one in wanted:
                rates[one.key].append((one.ours(), one.theirs()))
        figures = compared(wanted, rates)
        say("lists of 10 and of 50,000 tags")
        figures |= tags_flat(portal)
        servers = {"": portal.pid, "x_accel_": behind, "distribution_": distribution.pid, "nginx_": nginx.pid}
        figures |= {f"{name}resident_mb": round(load.resident_mb(pid)) for name, pid in servers.items()}
    return figures


def cases(
    portal: Portal, found: dict, distribution: peers.Peer, nginx: peers.Peer, front: int, seconds: float
) -> list[Case]:
    pulling, pushing = peers.bearer(portal, "big", "pull"), peers.bearer(portal, "pushed", "pull,push")
    accepted = {"Accept": media.OCI_MANIFEST}

    def ours(path: str) -> Target:
        return Target(portal.port, f"/v2/acme/big/{path}", pulling | accepted)

    def theirs(path: str) -> Target:
        return Target(distribution.port, f"/v2/big/{path}", accepted)

    def get(one: Target) -> Callable[[], float]:
        return lambda: load.gets(one, seconds)

    def against(key: str, path: str, their_path: str = "") -> Case:
        return Case(key, "distribution", get(ours(path)), get(theirs(their_path or path)))

    digest, blob = found["digest"], f"blobs/{found['blob']}"
    static = Target(nginx.port, "/blob")
    fronted = Target(front, f"/v2/acme/big/{blob}", pulling | {"Host": portal.host})
    by_tag = f"manifests/{found['tag']}"
    head = [lambda one=one: load.heads(one, seconds) for one in (ours(by_tag), theirs(by_tag))]
    push = [
        lambda one=one: load.pushes(one, 64)
        for one in (Target(portal.port, "/v2/acme/pushed", pushing), Target(distribution.port, "/v2/pushed"))
    ]
    return [
        against("manifest_get_by_tag", by_tag),
        Case("manifest_head_by_tag", "distribution", *head),
        against("manifest_get_by_digest", f"manifests/{digest}"),
        against("tags_list", "tags/list?n=1000"),
        # Distribution has no referrers: clients ask it for the tag that stands in their place.
        against("referrers", f"referrers/{digest}", f"manifests/{digest.replace(':', '-')}"),
        Case("blob_10mb", "nginx", get(fronted), get(static)),
        Case("blob_10mb_file", "nginx", get(ours(blob)), get(static)),
        Case("push_1mb", "distribution", *push),
    ]


def compared(wanted: list[Case], rates: dict[str, list[tuple[float, float]]]) -> dict[str, object]:
    """Medians of the rounds, and of the ratio within each round, with its spread."""
    figures: dict[str, object] = {}
    for one in wanted:
        ours, theirs = zip(*rates[one.key], strict=True)
        ratios = sorted(mine / other for mine, other in rates[one.key])
        figures[one.key] = round(statistics.median(ours), 1)
        figures[f"{one.key}_{one.peer}"] = round(statistics.median(theirs), 1)
        figures[f"{one.key}_vs_{one.peer}"] = round(statistics.median(ratios), 2)
        figures[f"{one.key}_spread"] = [round(ratios[0], 2), round(ratios[-1], 2)]
    return figures


def tags_flat(portal: Portal) -> dict[str, object]:
    """The slowest hundredth of pages of ten, each of another place, so that none is remembered; in turns."""
    tokens = {name: peers.bearer(portal, name, "pull") for name in ("few", "many")}
    targets = []
    for number in range(1500):
        for name, total in (("few", 10), ("many", 50_000)):
            after = f"v{number * 7919 % total:05}" if name == "many" else ""
            path = f"/v2/acme/{name}/tags/list?n=10&last={after}&x={number}"
            targets.append(Target(portal.port, path, tokens[name]))
    times = load.seconds_of_each(targets)
    few, many = (sorted(times[start::2])[int(len(times) / 2 * 0.99)] * 1000 for start in (0, 1))
    return {
        "tags_p99_10_ms": round(few, 2),
        "tags_p99_50000_ms": round(many, 2),
        "tags_p99_50000_over_10": round(many / few, 2),
    }


def report(figures: dict[str, object], page: Path | None) -> int:
    """Print the table and the JSON line, and write the table to `page`; 1 when a target is missed."""
    missed = [key for key, least in AT_LEAST.items() if figures[key] < least]
    missed += [key for key, most in AT_MOST.items() if figures[key] > most]
    return publish("registry", figures, table(figures, missed), missed, page)


def table(figures: dict[str, object], missed: list[str]) -> str:
    """In Markdown: what has a peer, then the rest."""
    rows = ["| a second | ours | peer | ratio | rounds | target |", "|---|---|---|---|---|---|"]
    told = set()
    for key in [one.removesuffix("_spread") for one in figures if one.endswith("_spread")]:
        peer = next(one for one in ("distribution", "nginx") if f"{key}_vs_{one}" in figures)
        names = (key, f"{key}_{peer}", f"{key}_vs_{peer}", f"{key}_spread")
        told |= set(names)
        ours, theirs, ratio, (low, high) = (figures[name] for name in names)
        target = _target(names[2], missed)
        rows.append(f"| `{key}` | {ours} | {theirs} ({peer}) | {ratio} | {low} to {high} | {target} |")
    rows += ["", "| figure | measured | target |", "|---|---|---|"]
    rows += [f"| `{key}` | {figures[key]} | {_target(key, missed)} |" for key in figures if key not in told]
    return "\n".join(rows) + "\n"


def _target(key: str, missed: list[str]) -> str:
    mark = ", missed" if key in missed else ""
    if key in AT_LEAST:
        return f"at least {AT_LEAST[key]}{mark}"
    return f"at most {AT_MOST[key]}{mark}" if key in AT_MOST else ""


if __name__ == "__main__":
    sys.exit(main())
