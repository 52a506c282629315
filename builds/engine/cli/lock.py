"""``lock``: writes the exact packages of a definition file, with its spec, as one lock file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from builds.engine.build import SpecInvalidError
from builds.engine.cli.definition import asked, read_definition, spec_of
from builds.engine.cli.orders import LockFile
from builds.engine.cli.origins import add_origin_arguments, origin_of
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.locking import make_lock
from builds.engine.sources.archive import DEFAULT_SUITE
from builds.engine.spec import validate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser, is_repeated=True)
    add_origin_arguments(parser)
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="instead of standard output")
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    parser.add_argument("definition", type=Path, metavar="definition", help="YAML file with a spec")


def run(arguments: argparse.Namespace) -> int:
    suite = origin_of(arguments, DEFAULT_SUITE).suite
    spec = spec_of(read_definition(arguments.definition, suite))
    if arguments.architectures:
        spec = replace(spec, architectures=tuple(arguments.architectures))
    if errors := validate(spec):
        raise SpecInvalidError(errors=errors)
    arguments.suite, arguments.architectures = spec.suite, spec.architectures
    lock = make_lock(
        spec,
        ready_snapshot(arguments, asked(spec)),
        pin=origin_of(arguments, spec.suite).pin(arguments.cache),
    )
    text = LockFile(spec, lock).to_text()
    if arguments.output:
        write_file(arguments.output, text.encode())
        counts = ", ".join(f"{len(found)} for {name}" for name, found in lock.packages.items())
        print(f"{arguments.output}: packages {counts}; {lock.digest}", file=sys.stderr)
    else:
        print(text, end="")
    return 0
