"""``survey``: judges the scripts of packages that people may want, and writes the list of plain ones."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.fetch import default_cache
from builds.engine.recipes import load_book
from builds.engine.recipes.loading import DATA
from builds.engine.sources.archive import debian_sources
from builds.engine.sources.transport import Transport
from builds.engine.survey.control import Reader
from builds.engine.survey.judging import Unreviewed, close, judge_all, read_requests

HEAD = "# Packages whose installing scripts are absent or harmless, so that they need no recipe. Kept by the survey.\n"


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
    requests = [*read_requests(), *(_packages_of(path) for path in arguments.definitions)]
    closures = close(snapshot, requests, architecture=arguments.architecture, book=book)
    cache = arguments.cache or default_cache()
    with Transport() as transport:
        sources = {source.id: source for source in debian_sources(arguments.suite)}
        reader = Reader(sources, transport, cache, cache.parent / "scripts")
        names = sorted(set(closures.packages) - set(book.recipes))
        scripts = reader.scripts([closures.packages[name] for name in names])
    plain, unreviewed = judge_all(closures, scripts, book)
    for request, why in closures.refused.items():
        print(f"{request}: {why}", file=sys.stderr)
    if arguments.write:
        blocked = {one.package for one in unreviewed} | set(book.recipes)
        body = yaml.safe_dump({"packages": sorted({*book.plain, *plain} - blocked)}, width=100)
        write_file(DATA / "plain.yaml", (HEAD + body).encode())
    _report(unreviewed, arguments.show)
    stuck = {request for one in unreviewed for request in one.blocks}
    print(
        f"{len(closures.packages)} packages: {len(plain)} plain, {len(unreviewed)} unreviewed. "
        f"{len(closures.needs) - len(stuck)} of {len(closures.needs)} requests can be built."
    )
    return 0


def _packages_of(path: Path) -> tuple[str, ...]:
    return tuple(yaml.safe_load(path.read_bytes())["spec"]["packages"])


def _report(unreviewed: list[Unreviewed], show: int) -> None:
    for position, one in enumerate(unreviewed):
        print(f"{len(one.blocks):4} {one.package}: {' '.join(one.blocks[:6])}")
        for (kind, text), digest in zip(one.left.items(), one.digests, strict=True):
            if position < show:
                print(f"  -- {kind} {digest}\n     " + text.replace("\n", "\n     "))
