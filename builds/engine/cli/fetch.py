"""``fetch``: downloads the packages of a request into the cache."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from builds.engine.cli.origins import add_origin_arguments, origin_of
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.fetch import fetch_packages
from builds.engine.resolve import resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    add_origin_arguments(parser)
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    parser.add_argument("packages", nargs="+", metavar="package", help="name or name=version")


def run(arguments: argparse.Namespace) -> int:
    snapshot = ready_snapshot(arguments, arguments.packages)
    origin = origin_of(arguments, arguments.suite)
    found = resolve(snapshot, architecture=arguments.architecture, packages=arguments.packages)
    packages = origin.pin(arguments.cache)(found)
    files = fetch_packages(packages, sources=origin.sources, cache=arguments.cache, progress=_report)
    for package in packages:
        print(files[package.sha256])
    return 0


def _report(done: int, total: int, size: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{total} packages, {size / 1e6:.1f} MB", end="", file=sys.stderr)
