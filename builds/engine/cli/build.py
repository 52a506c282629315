"""``build``: builds the image of a definition file, and tests it when asked to."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.fetch import default_cache, fetch_packages
from builds.engine.gather import needed_packages
from builds.engine.locking import make_lock
from builds.engine.recipes import load_book
from builds.engine.sandbox import RuncRunner, TestReport, TestSpec
from builds.engine.sources.archive import debian_sources
from builds.engine.spec import Spec
from builds.engine.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument(
        "--definition", type=Path, required=True, metavar="FILE", help="YAML with spec and tests"
    )
    parser.add_argument("--test", action="store_true", help="run its tests in the sandbox")
    parser.add_argument("--store", type=Path, default=Path("var/engine"), help="directory of results")
    parser.add_argument("--cache", type=Path, help="directory of the package cache")


def run(arguments: argparse.Namespace) -> int:
    definition: dict[str, Any] = yaml.safe_load(arguments.definition.read_bytes())
    store, began = Store(arguments.store), time.monotonic()
    image = _build(Spec.from_json(definition["spec"]), store, arguments)
    for platform in image.platforms:
        print(
            f"{arguments.definition.stem} {platform.architecture}: {len(platform.layers)} layers, "
            f"{platform.size / 1e6:.1f} MB, {image.index.digest}, {time.monotonic() - began:.2f} s"
        )
    if not arguments.test:
        return 0
    spec = TestSpec.from_json(definition.get("tests", {}))
    reports = [RuncRunner().run(store=store, image=platform, spec=spec) for platform in image.platforms]
    for report in reports:
        _show(report)
    return 0 if all(report.passed for report in reports) else 1


def _build(spec: Spec, store: Store, arguments: argparse.Namespace) -> BuiltImage:
    lock = make_lock(spec, ready_snapshot(arguments))
    cache = arguments.cache or default_cache()
    needed = needed_packages(lock, store, load_book())
    fetch_packages(needed, sources=debian_sources(spec.suite), cache=cache)
    return build(spec, lock, store, cache, progress=_say)


def _say(step: str, message: str) -> None:
    print(f"{step:7} {message}", file=sys.stderr)


def _show(report: TestReport) -> None:
    for check in report.checks:
        print(f"{'pass' if check.passed else 'FAIL'}  {check.name} ({check.seconds:.2f} s)")
        if not check.passed:
            print("      " + check.evidence.replace("\n", "\n      "))
    for note in report.notes:
        print(f"note  {note}")
