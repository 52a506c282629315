"""``plan``: groups the packages of the given images into shared layers, and writes the suite's layer plan."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.plan import DATA, make_plan, plan_text
from builds.engine.recipes import book_of
from builds.engine.resolve import resolve

HEAD = "# Which packages share a layer: made by the engine from the starter images. A new plan changes digests.\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument("--write", action="store_true", help="make it the suite's plan")
    parser.add_argument("definitions", type=Path, nargs="+", metavar="FILE", help="image definitions")


def run(arguments: argparse.Namespace) -> int:
    snapshot = ready_snapshot(arguments)
    book = book_of(snapshot.form.NAME)
    images = {}
    for path in arguments.definitions:
        wanted = yaml.safe_load(path.read_bytes())["spec"]["packages"]
        found = resolve(
            snapshot,
            architecture=arguments.architecture,
            packages=wanted,
            elide=book.elisions,
            need=book.needs,
        )
        images[path.stem] = [package.name for package in found]
    plan = make_plan(images)
    if arguments.write:
        write_file(DATA / f"{arguments.suite}.yaml", (HEAD + plan_text(plan)).encode())
    for name, packages in plan.groups:
        print(f"{len(packages):4} {name}")
    print(f"{len(plan.groups)} groups, {plan.digest}")
    return 0
