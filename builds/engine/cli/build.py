"""``build``: builds the image of a definition or lock file, and tests it when asked to."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builds.engine.build import SpecInvalidError
from builds.engine.built import BuiltImage
from builds.engine.cli.definition import asked, read_definition, spec_of
from builds.engine.cli.making import make
from builds.engine.cli.orders import LockFile, read_lock_file
from builds.engine.cli.origins import add_origin_arguments, origin_of
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.layout import write_layout
from builds.engine.locking import make_lock
from builds.engine.sandbox import RuncRunner, TestReport, TestSpec
from builds.engine.sources.archive import DEFAULT_SUITE
from builds.engine.spec import validate
from builds.engine.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser, is_repeated=True)
    add_origin_arguments(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--definition", type=Path, metavar="FILE", help="YAML with spec and tests")
    source.add_argument("--lock", type=Path, metavar="FILE", help="a file that the verb lock wrote")
    parser.add_argument("--test", action="store_true", help="run the definition's tests in the sandbox")
    parser.add_argument("--layout", type=Path, metavar="DIR", help="write an OCI image layout there")
    parser.add_argument(
        "--write-lock", type=Path, metavar="FILE", help="write spec, lock and digest, for verify"
    )
    parser.add_argument(
        "--store", type=Path, default=Path("var/engine"), help="directory of results (default: %(default)s)"
    )
    parser.add_argument("--cache", type=Path, help="directory of the package cache")


def run(arguments: argparse.Namespace) -> int:
    """Build; end with 1 when a test fails."""
    began, store = time.monotonic(), Store(arguments.store)
    definition: Any = _definition(arguments) if arguments.definition else {}
    order = read_lock_file(arguments.lock) if arguments.lock else _locked(definition, arguments)
    image = make(order.spec, order.lock, store, arguments.cache, origin_of(arguments, order.spec.suite))
    name = (arguments.definition or arguments.lock).stem
    for platform in image.platforms:
        print(
            f"{name} {platform.architecture}: {len(platform.layers)} layers, "
            f"{platform.size / 1e6:.1f} MB, {image.index.digest}, {time.monotonic() - began:.2f} s"
        )
    if arguments.layout:
        write_layout(store, image, arguments.layout)
    if arguments.write_lock:
        text = LockFile(order.spec, order.lock, image.index.digest).to_text()
        write_file(arguments.write_lock, text.encode())
    return 0 if not arguments.test or _is_passed(store, image, definition.get("tests", {})) else 1


def _definition(arguments: argparse.Namespace) -> Mapping[str, Any]:
    return read_definition(arguments.definition, origin_of(arguments, DEFAULT_SUITE).suite)


def _locked(definition: Any, arguments: argparse.Namespace) -> LockFile:
    spec = spec_of(definition)
    if errors := validate(spec):
        raise SpecInvalidError(errors=errors)
    arguments.suite, arguments.architectures = spec.suite, spec.architectures
    origin = origin_of(arguments, spec.suite)
    return LockFile(
        spec, make_lock(spec, ready_snapshot(arguments, asked(spec)), pin=origin.pin(arguments.cache))
    )


def _is_passed(store: Store, image: BuiltImage, tests: Any) -> bool:
    spec = TestSpec.from_json(tests)
    reports = [RuncRunner().run(store=store, image=platform, spec=spec) for platform in image.platforms]
    for report in reports:
        _show(report)
    return all(report.passed for report in reports)


def _show(report: TestReport) -> None:
    for check in report.checks:
        print(f"{'pass' if check.passed else 'FAIL'}  {check.name} ({check.seconds:.2f} s)")
        if not check.passed:
            print("      " + check.evidence.replace("\n", "\n      "))
    for note in report.notes:
        print(f"note  {note}")
