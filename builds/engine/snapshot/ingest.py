"""Prepares one architecture of a snapshot: facts for people, rules for the solver.

Takes parsed indexes; fetching and verifying are done before. What it writes is
a pure function of the indexes and ``IMPORTER``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import solv

from builds.engine.deb.index import PackageFacts
from builds.engine.deb.relation import parse_field
from builds.engine.deb.version import version_key
from builds.engine.snapshot.facts import write_facts
from builds.engine.snapshot.ranks import Ranks
from builds.engine.snapshot.rules import Dialect

IMPORTER = "1"
FACTS_FILE = "facts.sqlite"
RULES_FILE = "rules.solv"

Entry = tuple[str, PackageFacts]


def ingest(directory: Path, *, architecture: str, entries: Iterable[Entry]) -> None:
    """Write facts and rules of (origin, package) entries into a directory.

    Raises ``ValueError`` if a relation is malformed.
    """
    kept = _distinct(entries)
    ranks, virtuals = _survey(facts for _, facts in kept)
    newest = _newest(kept)
    write_facts(
        directory / FACTS_FILE,
        packages=((origin, facts, newest[facts.name] is facts) for origin, facts in kept),
        ranks=ranks.rows(),
        virtuals=virtuals,
    )
    _write_rules(directory / RULES_FILE, architecture, kept, ranks, virtuals)


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    """Keep the first of packages that several releases list alike."""
    kept: dict[tuple[str, str, str], Entry] = {}
    for origin, facts in entries:
        kept.setdefault((facts.name, facts.version, facts.architecture), (origin, facts))
    return list(kept.values())


def _newest(entries: Iterable[Entry]) -> dict[str, PackageFacts]:
    newest: dict[str, PackageFacts] = {}
    keys: dict[str, bytes] = {}
    for _, facts in entries:
        key = version_key(facts.version)
        if key > keys.get(facts.name, b""):
            newest[facts.name], keys[facts.name] = facts, key
    return newest


def _survey(packages: Iterable[PackageFacts]) -> tuple[Ranks, set[str]]:
    ranks = Ranks()
    virtuals: set[str] = set()
    for facts in packages:
        ranks.add(facts.name, facts.version)
        for field in (facts.depends, facts.conflicts, facts.provides):
            for group in parse_field(field):
                for relation in group:
                    if relation.version:
                        ranks.add(relation.name, relation.version)
        virtuals.update(r.name for group in parse_field(facts.provides) for r in group if not r.version)
    ranks.settle()
    return ranks, virtuals


def _write_rules(
    file: Path, architecture: str, entries: Iterable[Entry], ranks: Ranks, virtuals: set[str]
) -> None:
    pool = solv.Pool()
    dialect = Dialect(pool=pool, architecture=architecture, virtuals=virtuals, rank=ranks.of)
    repo = pool.add_repo("index")
    for _, facts in entries:
        solvable = repo.add_solvable()
        dialect.describe(solvable, name=facts.name, version=facts.version)
        dialect.relate(solvable, depends=facts.depends, conflicts=facts.conflicts, provides=facts.provides)
    out = solv.xfopen(str(file), "w")
    try:
        if not repo.write(out):
            raise OSError(f"the solver's rules could not be written to {file}")
    finally:
        out.close()
