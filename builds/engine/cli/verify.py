"""``verify``: rebuilds an image from its lock in an empty store and compares the digest.

Nothing of an earlier build is used but downloaded packages, which are hashed before use.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from builds.engine.cli.making import make
from builds.engine.cli.orders import read_lock_file
from builds.engine.cli.origins import add_origin_arguments, origin_of
from builds.engine.errors import EngineError
from builds.engine.store import Store

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class NothingToCompare(EngineError):
    """Neither the lock file nor the command names a digest."""

    code = "digest-missing"
    sentence = "There is no digest to compare with: {path} names none, so give one with --digest."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lock", type=Path, required=True, metavar="FILE", help="spec and lock")
    parser.add_argument("--digest", help="the index's or a manifest's digest (default: the lock file's)")
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    add_origin_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Rebuild; end with 1 when another digest came out."""
    order = read_lock_file(arguments.lock)
    expected = arguments.digest or order.index
    if not _DIGEST.fullmatch(expected):
        raise NothingToCompare(path=arguments.lock)
    with tempfile.TemporaryDirectory(prefix="assay-verify-") as scratch:
        image = make(
            order.spec,
            order.lock,
            Store(Path(scratch)),
            arguments.cache,
            origin_of(arguments, order.spec.suite),
        )
    made = {image.index.digest, *(platform.manifest.digest for platform in image.platforms)}
    if expected in made:
        print(f"same: {expected}")
        return 0
    print(f"DIFFERENT: {image.index.digest} was built, {expected} was expected")
    return 1
