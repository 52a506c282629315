"""``index``: fetches and verifies the archive's index."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from builds.engine.cli.origins import add_origin_arguments
from builds.engine.cli.snapshots import add_snapshot_arguments, fresh_snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    add_origin_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    snapshot = fresh_snapshot(arguments)
    if arguments.json:
        plain = {
            "snapshot": snapshot.digest,
            "suite": snapshot.suite,
            "epoch": snapshot.epoch,
            "architectures": list(snapshot.architectures),
        }
        print(json.dumps(plain))
    else:
        date = datetime.fromtimestamp(snapshot.epoch, UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(f"{snapshot.suite} of {date}: {snapshot.digest}")
    return 0
