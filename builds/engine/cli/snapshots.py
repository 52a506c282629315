"""Options and steps that subcommands with a snapshot share."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from builds.engine.errors import SnapshotMissing
from builds.engine.snapshot import Snapshot, open_current, refresh
from builds.engine.sources.archive import DEFAULT_SUITE

ARCHITECTURES = ("amd64", "arm64")


def add_snapshot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", default=DEFAULT_SUITE, help="Debian suite (default: %(default)s)")
    parser.add_argument("--arch", dest="architecture", default="amd64", choices=ARCHITECTURES)
    parser.add_argument("--snapshots", type=Path, help="directory of the index snapshots")


def ready_snapshot(arguments: argparse.Namespace) -> Snapshot:
    """Open the current snapshot; make it first where there is none."""
    try:
        snapshot = open_current(arguments.suite, root=arguments.snapshots)
        snapshot.index(arguments.architecture)
    except SnapshotMissing:
        return fresh_snapshot(arguments)
    return snapshot


def fresh_snapshot(arguments: argparse.Namespace) -> Snapshot:
    """Bring the snapshot up to date."""
    return refresh(
        suite=arguments.suite,
        root=arguments.snapshots,
        architectures=(arguments.architecture,),
        say=lambda line: print(line, file=sys.stderr),
    )
