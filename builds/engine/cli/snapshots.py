"""Options and steps that subcommands with a snapshot share."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from builds.engine.cli.origins import origin_of
from builds.engine.errors import EngineError, SnapshotMissing
from builds.engine.recipes import book_of
from builds.engine.snapshot import Snapshot, open_current, refresh
from builds.engine.snapshot.place import checked_at
from builds.engine.sources.archive import DEFAULT_SUITE

ARCHITECTURES = ("amd64", "arm64")
FRESH = 3600.0


def add_snapshot_arguments(parser: argparse.ArgumentParser, *, is_repeated: bool = False) -> None:
    """Add what chooses an index.

    :param is_repeated: several architectures may be named, and suite and architectures come from a spec
    """
    if is_repeated:
        parser.add_argument(
            "--arch", dest="architectures", action="append", choices=ARCHITECTURES,
            help="in place of the definition's; may be repeated",
        )  # fmt: skip
    else:
        parser.add_argument("--suite", default=DEFAULT_SUITE, help="Debian suite (default: %(default)s)")
        parser.add_argument(
            "--arch",
            dest="architecture",
            default="amd64",
            choices=ARCHITECTURES,
            help="(default: %(default)s)",
        )
    parser.add_argument("--snapshots", type=Path, help="directory of the index snapshots")
    parser.add_argument(
        "--offline", action="store_true", help="use the index at hand, however old, and ask no archive"
    )


def ready_snapshot(arguments: argparse.Namespace, packages: Sequence[str] = ()) -> Snapshot:
    """Open the current snapshot; ask the archive first where it was not asked within the hour.

    An archive that does not answer is no obstacle while an index is at hand. Raises ``SnapshotMissing``.

    :param packages: the requests, where what they lead to is all that is asked of it
    """
    origin = origin_of(arguments, arguments.suite)
    wanted = [package.partition("=")[0] for package in packages]
    if book_of(origin.format_name).needs:  # a recipe may lead where no index says
        wanted = []
    try:
        snapshot = open_current(origin.kept_as, root=arguments.snapshots, wanted=wanted)
        for architecture in _architectures(arguments):
            snapshot.index(architecture)
    except SnapshotMissing:
        if arguments.offline:
            raise
        return fresh_snapshot(arguments, wanted)
    age = time.time() - checked_at(origin.kept_as, arguments.snapshots)
    if arguments.offline or (age < FRESH and not origin.is_local):
        return snapshot
    try:
        return fresh_snapshot(arguments, wanted)
    except EngineError as error:
        if not error.is_fault:
            raise
        print(f"using the index at hand: {error}", file=sys.stderr)
        return snapshot


def fresh_snapshot(arguments: argparse.Namespace, wanted: Sequence[str] = ()) -> Snapshot:
    """Bring the snapshot up to date."""
    origin = origin_of(arguments, arguments.suite)
    return refresh(
        suite=origin.suite,
        format_name=origin.format_name,
        sources=origin.sources,
        kept_as=origin.kept_as,
        wanted=wanted,
        root=arguments.snapshots,
        architectures=_architectures(arguments),
        say=lambda line: print(line, file=sys.stderr),
    )


def _architectures(arguments: argparse.Namespace) -> tuple[str, ...]:
    return tuple(getattr(arguments, "architectures", None) or (arguments.architecture,))
