"""The engine's command line: one small module per subcommand.

A subcommand is a module here with ``HELP``, ``add_arguments(parser)`` and
``run(arguments) -> int``, imported only when it is chosen; ``SUBCOMMANDS``
lists the names. Errors with a name end with exit status 2 and their sentence
on standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from builds.engine.errors import EngineError

SUBCOMMANDS = {
    "index": "fetch and verify the archive's index",
    "resolve": "show which packages a request leads to",
    "fetch": "download the packages of a request into the cache",
    "build": "build the image of a definition file, and test it",
    "plan": "group the packages of images into shared layers",
    "survey": "judge the scripts of packages that people may want",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; give the exit status."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="python -m builds.engine", description="Build container images.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, summary in SUBCOMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=summary)
        if name in argv[:1]:
            import_module(f"builds.engine.cli.{name}").add_arguments(subparser)
    arguments = parser.parse_args(argv)
    try:
        return int(import_module(f"builds.engine.cli.{arguments.command}").run(arguments))
    except EngineError as error:
        print(f"{error} [{error.code}]", file=sys.stderr)
        return 2
