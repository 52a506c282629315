"""``verify``: rebuilds an image from its lock in an empty store and compares the digest.

Nothing of an earlier build is used but downloaded packages, which are hashed before use. An earlier build is only
compared with.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from builds.engine.built import BuiltImage
from builds.engine.cli.making import make
from builds.engine.cli.orders import read_lock_file
from builds.engine.cli.origins import add_origin_arguments, origin_of
from builds.engine.compare import differences
from builds.engine.errors import EngineError
from builds.engine.layout import layout_digest
from builds.engine.store import Store

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class NothingToCompare(EngineError):
    """Neither the lock file nor the command names a digest."""

    code = "digest-missing"
    sentence = "There is no digest to compare with: {path} names none, so give one with --digest."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lock", type=Path, required=True, metavar="FILE", help="spec and lock")
    parser.add_argument("--digest", help="the index's or a manifest's digest (default: the lock file's)")
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="an image layout to compare with; what differs is said"
    )
    parser.add_argument("--cache", type=Path, help="directory of the package cache")
    add_origin_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Rebuild; end with 1 when another digest came out."""
    order = read_lock_file(arguments.lock)
    expected = arguments.digest or (layout_digest(arguments.against) if arguments.against else order.index)
    if not _DIGEST.fullmatch(expected):
        raise NothingToCompare(path=arguments.lock)
    with tempfile.TemporaryDirectory(prefix="assay-verify-") as scratch:
        store = Store(Path(scratch))
        image = make(
            order.spec, order.lock, store, arguments.cache, origin_of(arguments, order.spec.suite)
        )  # fmt: skip
        if expected in {image.index.digest, *(platform.manifest.digest for platform in image.platforms)}:
            print(f"same: {expected}")
            return 0
        print(f"DIFFERENT: {image.index.digest} was built, {expected} was expected")
        if arguments.against:
            _explain(store, image, arguments.against)
    return 1


def _explain(store: Store, image: BuiltImage, layout: Path) -> None:
    for sentence in differences(store, image.index.digest, Store(layout), layout_digest(layout)):
        print(f"  {sentence}")
