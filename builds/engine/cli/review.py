"""``review``: shows what is left of packages' installing scripts, and records what a recipe was written for."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

import yaml

from builds.engine.cli.snapshots import ARCHITECTURES, add_snapshot_arguments, ready_snapshot
from builds.engine.durable import write_file
from builds.engine.fetch import default_cache
from builds.engine.recipes import RecipeBook, load_book
from builds.engine.recipes.book import INSTALLING
from builds.engine.recipes.loading import DATA, REVIEWED
from builds.engine.recipes.scripts import residue, residue_digest
from builds.engine.snapshot import Snapshot
from builds.engine.sources.archive import debian_sources
from builds.engine.sources.transport import Transport
from builds.engine.survey.control import Reader, newest

HEAD = (
    "# Which scripts each recipe was written for: digests of what is left of them to review, of every version and\n"
    "# architecture that was read. Written by `python -m builds.engine review --record`.\n"
)
Scripts = Mapping[str, Mapping[str, bytes]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_snapshot_arguments(parser)
    parser.add_argument(
        "--record", action="store_true", help="say that the packages' recipes were written for these scripts"
    )
    parser.add_argument("packages", nargs="*", metavar="package", help="default: every package with a recipe")


def run(arguments: argparse.Namespace) -> int:
    book = load_book()
    names = arguments.packages or sorted(book.recipes)
    recorded = {name: set(recipe.scripts) for name, recipe in book.recipes.items() if recipe.scripts}
    changed = 0
    for architecture in ARCHITECTURES:
        arguments.architecture = architecture
        for name, scripts in _scripts(ready_snapshot(arguments), architecture, names).items():
            left = dict(_left(name, scripts, book))
            if arguments.record and name in book.recipes:
                recorded.setdefault(name, set()).update(left)
            else:
                changed += len(left)
                _show(f"{name} ({architecture})", left)
    if arguments.record:
        body = {name: sorted(found) for name, found in sorted(recorded.items()) if found}
        write_file(DATA / REVIEWED, (HEAD + yaml.safe_dump(body, width=110)).encode())
        print(f"{len(body)} packages with scripts that recipes were written for")
        return 0
    print(f"{changed} scripts to review")
    return 1 if changed else 0


def _scripts(snapshot: Snapshot, architecture: str, names: Iterable[str]) -> Scripts:
    packages = newest(snapshot, architecture, names)
    sources = {source.id: source for source in debian_sources(snapshot.suite)}
    cache = default_cache()
    with Transport() as transport:
        return Reader(sources, transport, cache, cache.parent / "scripts").scripts(packages)


def _left(name: str, scripts: Mapping[str, bytes], book: RecipeBook) -> Iterable[tuple[str, str]]:
    """Yield digest and text of what nobody has reviewed yet."""
    known = book.harmless | frozenset(book.recipe(name).scripts)
    for kind in INSTALLING:
        digest = residue_digest(scripts[kind], name) if kind in scripts else ""
        if digest and digest not in known:
            yield digest, residue(scripts[kind], name)


def _show(title: str, left: Mapping[str, str]) -> None:
    for digest, text in left.items():
        print(f"{title}: {digest}\n    " + text.replace("\n", "\n    "))
