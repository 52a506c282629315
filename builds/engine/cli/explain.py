"""``explain``: why each package is there, or why a request cannot be met."""

from __future__ import annotations

import argparse

from builds.engine.cli.origins import add_origin_arguments
from builds.engine.cli.snapshots import add_snapshot_arguments, ready_snapshot
from builds.engine.errors import Unsolvable
from builds.engine.recipes import book_of
from builds.engine.resolve import chains, solve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    add_origin_arguments(parser)
    parser.add_argument(
        "--why", action="append", default=[], metavar="NAME", help="only this package; may be repeated"
    )
    parser.add_argument("packages", nargs="+", metavar="package", help="name or name=version")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a package; end with 1 when the request cannot be met or ``--why`` finds nothing."""
    snapshot = ready_snapshot(arguments, arguments.packages)
    book = book_of(snapshot.form.NAME)
    try:
        solved = solve(
            snapshot,
            architecture=arguments.architecture,
            packages=arguments.packages,
            elide=book.elisions,
        )
    except Unsolvable as error:
        print("These packages cannot be installed together:")
        for reason in error.reasons:
            print(f"  {reason}.")
        return 1
    found = chains(solved.packages)
    names = arguments.why or sorted(found)
    for name in names:
        if name not in found:
            print(f"{name}: not among the packages of this request")
            continue
        note = (
            ""
            if book.is_reviewed(name, snapshot.suite)
            else " (its scripts are not reviewed: images cannot have it yet)"
        )
        print(" -> ".join(found[name]) + note)
    for line in solved.elided if not arguments.why else ():
        package, _, dependency = line.partition(">")
        print(f"left out: {dependency}, which only the scripts of {package} need")
    return 0 if set(names) <= set(found) else 1
