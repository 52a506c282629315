"""``plan``: groups the packages of the given images into shared layers, and measures what the suite's plan costs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builds.engine.cli.definition import read_document
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.plan import DATA, Plan, load_plan, next_name, plan_text
from builds.engine.plan_bytes import report
from builds.engine.planning import MOST_OF_AN_IMAGE, Images, Used, make_plan
from builds.engine.recipes import RecipeBook, book_of
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot

HEAD = "# Which packages share a layer: made by the engine from the starter images. Published plans never change.\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument("--write", action="store_true", help="make a new plan the suite's next version")
    parser.add_argument("definitions", type=Path, nargs="+", metavar="FILE", help="image definitions")


def run(arguments: argparse.Namespace) -> int:
    snapshot = ready_snapshot(arguments)
    images = dict(_images(arguments, snapshot, book_of(snapshot.form.NAME)))
    fresh, held = make_plan(images), load_plan(arguments.suite)
    _show(held.name or "no plan", held, images)
    name = next_name(arguments.suite)
    _show(f"{name}, if it were made now", fresh, images)
    if arguments.write and fresh.digest != held.digest:
        write_file(DATA / f"{name}.yaml", (HEAD + plan_text(fresh)).encode())
        print(f"{name} is written: {fresh.digest}")
    return 0


def _images(
    arguments: argparse.Namespace, snapshot: Snapshot, book: RecipeBook
) -> Iterator[tuple[str, tuple[Used, ...]]]:
    for path in arguments.definitions:
        for title, wanted in _requests(path.stem, read_document(path)):
            found = resolve(
                snapshot,
                architecture=arguments.architecture,
                packages=wanted,
                elide=book.elisions,
                need=book.needs,
            )
            yield title, tuple(Used(p.name, p.version, p.source, p.size) for p in found)


def _requests(name: str, body: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each stream's packages; a stream without a list of its own has the image's."""
    for stream in body.get("streams", [{"name": ""}]):
        yield f"{name}:{stream['name']}", stream.get("spec", {}).get("packages") or body["spec"]["packages"]


def _show(title: str, plan: Plan, images: Images) -> None:
    found = report(images, plan, budget=MOST_OF_AN_IMAGE)
    print(
        f"{title}: {len(plan.groups)} groups, at most {found['most_layers']:.0f} an image of {len(images)}; "
        f"{found['plan_bytes'] / 1e6:.1f} MB, {found['plan_over_optimum']:+.2%} over the optimum "
        f"(apko's origin rule: {found['origin_over_optimum']:+.2%})"
    )
