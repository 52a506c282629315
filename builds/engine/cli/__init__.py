"""The engine's command line: one small module per subcommand.

A subcommand is a module here with ``add_arguments(parser)`` and ``run(arguments) -> int``, imported only when
it is chosen; ``SUBCOMMANDS`` lists the names. Exit status: 0 done, 1 the answer is no (a test failed, a digest
differs), 2 refused, with a sentence and a code on standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from builds.engine.errors import EngineError
from builds.engine.spec.reading import SpecMalformed

SUBCOMMANDS = {
    "resolve": "show which packages a request leads to",
    "explain": "say why a package is there, or why a request cannot be met",
    "lock": "write the exact packages of a definition, to build from on any machine",
    "build": "build the image of a definition or lock, and test it",
    "verify": "rebuild an image from its lock and compare the digest",
    "index": "fetch and verify the archive's index",
    "fetch": "download the packages of a request into the cache",
    "plan": "group the packages of images into shared layers",
    "review": "show packages' scripts, and record what recipes were written for",
    "survey": "judge the scripts of packages that people may want",
}
ABOUT = """\
Build container images from signed package archives: no script runs, and the same lock gives the same digest.
The archive is the one this machine's apt sources name (or ASSAY_ARCHIVE); its signature is checked always."""
EXAMPLES = """\
examples:
  python -m builds.engine resolve --suite bookworm --json haproxy curl
  python -m builds.engine explain --why libssl3t64 curl
  python -m builds.engine build --definition python.yaml --layout python --write-lock python.lock --test
  python -m builds.engine verify --lock python.lock

exit status: 0 done · 1 the answer is no (a test failed, a digest differs, unsolvable) · 2 refused or failed"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; give the exit status."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="python -m builds.engine",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command", title="commands")
    for name, summary in SUBCOMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in argv[:1]:
            import_module(f"builds.engine.cli.{name}").add_arguments(subparser)
    return _run(parser.parse_args(argv))


def _run(arguments: argparse.Namespace) -> int:
    try:
        status = int(import_module(f"builds.engine.cli.{arguments.command}").run(arguments))
        sys.stdout.flush()
    except EngineError as error:
        for broken in getattr(error, "errors", ()):
            print(f"{broken.field}: {broken.sentence} [{broken.code}]", file=sys.stderr)
        print(f"{error} [{error.code}]", file=sys.stderr)
        return 2
    except SpecMalformed as error:
        print(f"{error} [{error.code}]", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output left; Python must not complain again at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return status
