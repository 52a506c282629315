"""``resolve``: shows which packages a request leads to."""

from __future__ import annotations

import argparse
import json

from builds.engine.cli.origins import add_origin_arguments
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.lock import LockedPackage
from builds.engine.recipes import book_of
from builds.engine.resolve import solve

_SHOWN = ("name", "version", "architecture", "sha256", "size")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    add_origin_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--elide", action="store_true", help="leave out what reviewed recipes make needless, as builds do"
    )
    parser.add_argument("packages", nargs="+", metavar="package", help="name or name=version")


def run(arguments: argparse.Namespace) -> int:
    snapshot = ready_snapshot(arguments, arguments.packages)
    elide = book_of(snapshot.form.NAME).elisions if arguments.elide else {}
    solved = solve(snapshot, architecture=arguments.architecture, packages=arguments.packages, elide=elide)
    if arguments.json:
        plain = {
            "packages": [_plain(package) for package in solved.packages],
            "suite": snapshot.suite,
            "snapshot": snapshot.digest,
            "elided": list(solved.elided),
        }
        print(json.dumps(plain))
    else:
        _table(solved.packages)
    return 0


def _plain(package: LockedPackage) -> dict[str, object]:
    """Give what a package is; an apk has a checksum of its own kind until it is locked."""
    plain = {name: getattr(package, name) for name in _SHOWN}
    return {**plain, "checksum": package.checksum} if package.checksum else plain


def _table(packages: tuple[LockedPackage, ...]) -> None:
    for package in packages:
        why = f"needed by {package.because}" if package.because else "requested"
        print(f"{package.name:32} {package.version:32} {why}")
    download = sum(package.size for package in packages) / 1e6
    installed = sum(package.installed_size for package in packages) / 1e6
    print(f"{len(packages)} packages, {download:.1f} MB to fetch, {installed:.1f} MB installed")
