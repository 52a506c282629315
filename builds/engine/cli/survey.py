"""``survey``: judges the scripts of packages that people may want, and writes the list of plain ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.fetch import default_cache
from builds.engine.recipes import load_book
from builds.engine.recipes.loading import DATA, SUITES
from builds.engine.sources.archive import DEFAULT_SUITE, debian_sources
from builds.engine.sources.transport import Transport
from builds.engine.survey.control import Reader
from builds.engine.survey.judging import Closures, Unreviewed, close, judge_all, read_requests, usable

HEAD = "# Packages whose installing scripts are absent or harmless, so that they need no recipe. Kept by the survey.\n"
SUITE_HEAD = (
    "# Packages that may be used in this suite: without installing scripts, with harmless ones, or with those that\n"
    "# their recipes were written for. Kept by the survey.\n"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    parser.add_argument(
        "--definitions", type=Path, nargs="*", default=(), metavar="FILE", help="image definitions"
    )
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="print what is left of N packages' scripts"
    )
    parser.add_argument("--write", action="store_true", help="add to the list of plain packages")


def run(arguments: argparse.Namespace) -> int:
    book, snapshot = load_book(), ready_snapshot(arguments)
    is_default = arguments.suite == DEFAULT_SUITE
    requests = [
        *read_requests(),
        *(one for path in arguments.definitions for one in _packages_of(path, snapshot.suite)),
    ]
    closures = close(snapshot, requests, architecture=arguments.architecture, book=book)
    known = set(book.recipes) if is_default else set()  # elsewhere a recipe's package may have other scripts
    scripts = _scripts(arguments, closures, sorted(set(closures.packages) - known))
    plain, unreviewed = judge_all(closures, scripts, book)
    for request, why in closures.refused.items():
        print(f"{request}: {why}", file=sys.stderr)
    if arguments.write and is_default:
        blocked = {one.package for one in unreviewed} | set(book.recipes)
        _write(DATA / "plain.yaml", HEAD, {*book.plain, *plain} - blocked)
    elif arguments.write:
        _write(DATA / SUITES / f"{arguments.suite}.yaml", SUITE_HEAD, usable(scripts, book))
    _report(unreviewed, arguments.show)
    stuck = {request for one in unreviewed for request in one.blocks}
    print(
        f"{len(closures.packages)} packages: {len(plain)} plain, {len(unreviewed)} unreviewed. "
        f"{len(closures.needs) - len(stuck)} of {len(closures.needs)} requests can be built."
    )
    return 0


def _scripts(
    arguments: argparse.Namespace, closures: Closures, names: list[str]
) -> Mapping[str, Mapping[str, bytes]]:
    cache = arguments.cache or default_cache()
    with Transport() as transport:
        sources = {source.id: source for source in debian_sources(arguments.suite)}
        reader = Reader(sources, transport, cache, cache.parent / "scripts")
        return reader.scripts([closures.packages[name] for name in names])


def _write(file: Path, head: str, names: Iterable[str]) -> None:
    write_file(file, (head + yaml.safe_dump({"packages": sorted(names)}, width=100)).encode())


def _packages_of(path: Path, suite: str) -> Iterator[tuple[str, ...]]:
    """Yield what each stream of a definition asks of a suite."""
    body = yaml.safe_load(path.read_bytes())
    for stream in body.get("streams", [{}]):
        spec = {**body["spec"], **stream.get("spec", {})}
        if spec["suite"] == suite:
            yield tuple(spec["packages"])


def _report(unreviewed: list[Unreviewed], show: int) -> None:
    for position, one in enumerate(unreviewed):
        print(f"{len(one.blocks):4} {one.package}: {' '.join(one.blocks[:6])}")
        for (kind, text), digest in zip(one.left.items(), one.digests, strict=True):
            if position < show:
                print(f"  -- {kind} {digest}\n     " + text.replace("\n", "\n     "))
