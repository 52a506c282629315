"""``plan``: groups the packages of the given images into shared layers, and measures what the suite's plan costs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builds.engine.cli.definition import read_document
from builds.engine.cli.making import say
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.fetch import default_cache, fetch_packages
from builds.engine.lock import LockedPackage
from builds.engine.plan import DATA, Plan, load_plan, next_name, plan_text
from builds.engine.plan_bytes import report
from builds.engine.planning import MOST_OF_AN_IMAGE, make_plan
from builds.engine.recipes import RecipeBook, book_of
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot
from builds.engine.sources.archive import debian_sources
from builds.engine.store import Store
from builds.engine.usage import Usage, usage_of

HEAD = "# Which packages share a layer: made by the engine from the starter images. Published plans never change.\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument("--write", action="store_true", help="make a new plan the suite's next version")
    parser.add_argument(
        "--store", type=Path, default=Path("var/engine"), help="directory of results (default: %(default)s)"
    )
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    parser.add_argument("definitions", type=Path, nargs="+", metavar="FILE", help="image definitions")


def run(arguments: argparse.Namespace) -> int:
    usage = _usage(arguments, ready_snapshot(arguments))
    fresh, held = make_plan(usage.images), load_plan(arguments.suite)
    _show(held.name or "no plan", held, usage)
    name = next_name(arguments.suite)
    _show(f"{name}, if it were made now", fresh, usage)
    if arguments.write and fresh.digest != held.digest:
        write_file(DATA / f"{name}.yaml", (HEAD + plan_text(fresh)).encode())
        print(f"{name} is written: {fresh.digest}")
    return 0


def _usage(arguments: argparse.Namespace, snapshot: Snapshot) -> Usage:
    """Solve every image, and have its packages at hand: a layer's bytes are those of what it holds."""
    book, cache = book_of(snapshot.form.NAME), arguments.cache or default_cache()
    images = dict(_images(arguments, snapshot, book))
    packages = [package for found in images.values() for package in found]
    fetch_packages(packages, sources=debian_sources(arguments.suite), cache=cache)
    return usage_of(
        images, store=Store(arguments.store), book=book, folder=cache, form=snapshot.form, progress=say
    )


def _images(
    arguments: argparse.Namespace, snapshot: Snapshot, book: RecipeBook
) -> Iterator[tuple[str, tuple[LockedPackage, ...]]]:
    for path in arguments.definitions:
        for title, wanted in _requests(path.stem, read_document(path), arguments.suite):
            yield title, resolve(
                snapshot, architecture=arguments.architecture, packages=wanted, elide=book.elisions,
                need=book.needs,
            )  # fmt: skip


def _requests(name: str, body: Mapping[str, Any], suite: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the packages of each stream of a suite; a stream says only where it differs from its image."""
    for stream in body.get("streams", [{"name": ""}]):
        spec = {**body["spec"], **stream.get("spec", {})}
        if spec["suite"] == suite:
            yield f"{name}:{stream['name']}", spec["packages"]


def _show(title: str, plan: Plan, usage: Usage) -> None:
    found = report(usage.images, plan, budget=MOST_OF_AN_IMAGE, weigh=usage.weigh)
    print(
        f"{title}: {len(plan.groups)} groups; layers of packages an image: {found['mean_layers']:.1f} on average, "
        f"{found['most_layers']:.0f} at most, of {len(usage.images)} images; {found['plan_bytes'] / 1e6:.1f} MB, "
        f"{found['plan_over_optimum']:+.2%} over the optimum (apko's origin rule: {found['origin_over_optimum']:+.2%})"
    )
