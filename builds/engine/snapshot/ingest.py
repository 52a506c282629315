"""Prepares one architecture of a snapshot: facts for people, rules for the solver.

Takes parsed indexes; fetching and verifying are done before. What it writes is
a pure function of the indexes and ``IMPORTER``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import solv

from builds.engine.formats import Format, PackageFacts, Relation
from builds.engine.snapshot.facts import write_facts
from builds.engine.snapshot.ranks import Ranks
from builds.engine.snapshot.rules import FAMILY, Dialect, Families, family_name

IMPORTER = "2"
FACTS_FILE = "facts.sqlite"
RULES_FILE = "rules.solv"

Entry = tuple[str, PackageFacts]


def ingest(directory: Path, *, architecture: str, entries: Iterable[Entry], form: Format) -> None:
    """Write facts and rules of (origin, package) entries into a directory.

    Raises ``ValueError`` if a relation is malformed.
    """
    kept = _distinct(entries)
    survey = _survey((facts for _, facts in kept), form)
    newest = _newest(kept, form)
    write_facts(
        directory / FACTS_FILE,
        packages=((origin, facts, newest[facts.name] is facts) for origin, facts in kept),
        ranks=survey.ranks.rows(),
        virtuals=survey.virtuals | survey.families,
        form=form,
    )
    _write_rules(directory / RULES_FILE, architecture, kept, survey, form)


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    """Keep the first of packages that several releases list alike."""
    kept: dict[tuple[str, str, str], Entry] = {}
    for origin, facts in entries:
        kept.setdefault((facts.name, facts.version, facts.architecture), (origin, facts))
    return list(kept.values())


def _newest(entries: Iterable[Entry], form: Format) -> dict[str, PackageFacts]:
    newest: dict[str, PackageFacts] = {}
    keys: dict[str, bytes] = {}
    for _, facts in entries:
        key = form.version_key(facts.version)
        if key > keys.get(facts.name, b""):
            newest[facts.name], keys[facts.name] = facts, key
    return newest


@dataclass
class _Survey:
    """What all packages together say of names.

    ``virtuals`` have an unversioned provider; ``families`` are bounds of the kind "any version that begins
    so"; ``contested`` have versioned providers of several names, where the format lets in only one.
    """

    form: Format
    ranks: Ranks
    virtuals: set[str] = field(default_factory=set)
    families: set[str] = field(default_factory=set)
    contested: set[str] = field(default_factory=set)
    _providers: dict[str, str] = field(default_factory=dict)

    def note(self, facts: PackageFacts) -> None:
        self.ranks.add(facts.name, facts.version)
        self._provide(facts.name, facts.name)
        for text in (facts.depends, facts.conflicts, facts.provides):
            for group in self.form.parse_field(text):
                for relation in group:
                    self._relation(relation)
        for group in self.form.parse_field(facts.provides):
            for relation in group:
                if relation.version:
                    self._provide(relation.name, facts.name)
                else:
                    self.virtuals.add(relation.name)

    def _relation(self, relation: Relation) -> None:
        if relation.operator == FAMILY:
            self.families.add(family_name(relation))
        elif relation.version:
            self.ranks.add(relation.name, relation.version)

    def _provide(self, name: str, package: str) -> None:
        if self.form.ONE_PROVIDER and self._providers.setdefault(name, package) != package:
            self.contested.add(name)


def _survey(packages: Iterable[PackageFacts], form: Format) -> _Survey:
    found = _Survey(form, Ranks(form.version_key))
    for facts in packages:
        found.note(facts)
    found.ranks.settle()
    return found


def _write_rules(
    file: Path, architecture: str, entries: Iterable[Entry], survey: _Survey, form: Format
) -> None:
    pool = solv.Pool()
    dialect = Dialect(
        pool=pool, architecture=architecture, form=form, virtuals=survey.virtuals, rank=survey.ranks.of,
        families=Families(survey.families).of, contested=survey.contested,
    )  # fmt: skip
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
