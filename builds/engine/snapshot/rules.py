"""Package relations as the solver's own rules.

One vocabulary for the prepared index and for packages that come with a base
image. An unversioned ``Provides`` never meets a versioned relation (Debian
Policy 7.5), but the solver would let it; so it is stated under a name of its
own, ``virtual:<name>``, which real packages of that name provide as well. A
bound of the kind "any version that begins so" is a name too, ``<name>~<version>``,
that every fitting version provides.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

import solv

from builds.engine.formats import Format, Group, Relation

VIRTUAL = "virtual:"
FOREIGN = "foreign:"
FAMILY = "~"
_OPERATORS = {
    "<": solv.REL_LT,
    ">": solv.REL_GT,
    "<<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    ">=": solv.REL_GT | solv.REL_EQ,
    ">>": solv.REL_GT,
}


def family_name(relation: Relation) -> str:
    """Give the name of all versions of a package that begin as the relation says."""
    return f"{relation.name}{FAMILY}{relation.version}"


class Families:
    """Family names, asked for by the name of the package."""

    def __init__(self, names: Iterable[str]) -> None:
        self._versions: dict[str, list[str]] = {}
        for name in sorted(names):
            package, _, version = name.partition(FAMILY)
            self._versions.setdefault(package, []).append(version)

    def of(self, name: str) -> list[str]:
        """Give what versions of a package are asked to begin with."""
        return self._versions.get(name, [])


@dataclass(frozen=True, slots=True)
class Dialect:
    """How relations are said to one pool of one architecture.

    ``virtuals`` are the names with an unversioned provider; ``rank`` gives the
    rank of a version of a name; ``families`` what its versions are asked to
    begin with; of the versioned providers of ``contested`` names only one is
    let in.
    """

    pool: Any
    architecture: str
    form: Format
    virtuals: Container[str]
    rank: Callable[[str, str], int]
    families: Callable[[str], Iterable[str]]
    contested: Container[str] = ()

    def relation(self, relation: Relation) -> Any:
        """Give the solver's dependency on one relation."""
        if relation.qualifier not in {"", "any", "native", self.architecture}:
            return self.pool.Dep(f"{FOREIGN}{relation.name}:{relation.qualifier}")
        if not relation.operator:
            prefix = VIRTUAL if relation.name in self.virtuals else ""
            return self.pool.Dep(prefix + relation.name)
        if relation.operator == FAMILY:
            return self.pool.Dep(family_name(relation))
        rank = self.rank(relation.name, relation.version)
        return self.pool.Dep(relation.name).Rel(_OPERATORS[relation.operator], self.pool.Dep(str(rank)))

    def group(self, group: Group) -> Any:
        """Give the dependency on any one of the alternatives."""
        *rest, last = [self.relation(relation) for relation in group]
        for alternative in reversed(rest):
            last = alternative.Rel(solv.REL_OR, last)
        return last

    def provided(self, name: str, version: str) -> list[Any]:
        """Give what a package provides by a name; no version means virtual."""
        deps = []
        if version:
            rank = self.pool.Dep(str(self.rank(name, version)))
            deps.append(self.pool.Dep(name).Rel(solv.REL_EQ, rank))
            deps += [self.pool.Dep(family) for family in self._families_with(name, version)]
        if name in self.virtuals:
            deps.append(self.pool.Dep(VIRTUAL + name))
        return deps

    def _families_with(self, name: str, version: str) -> list[str]:
        spelt = [f"{name}{FAMILY}{start}" for start in self.families(name)]
        return [text for text in spelt if self.form.parse_field(text)[0][0].admits(version)]

    def describe(self, solvable: Any, *, name: str, version: str) -> None:
        """Name a solvable and state that it is itself."""
        solvable.name = name
        solvable.evr = str(self.rank(name, version))
        solvable.arch = "noarch"
        self._provide(solvable, name, version)

    def _provide(self, solvable: Any, name: str, version: str) -> None:
        for dep in self.provided(name, version):
            solvable.add_deparray(solv.SOLVABLE_PROVIDES, dep)
        if version and name in self.contested:
            solvable.add_deparray(solv.SOLVABLE_CONFLICTS, self.pool.Dep(name))

    def relate(self, solvable: Any, *, depends: str, conflicts: str, provides: str) -> None:
        """State a package's fields, in the syntax of the index."""
        parse = self.form.parse_field
        for group in parse(provides):
            for relation in group:
                self._provide(solvable, relation.name, relation.version)
        for group in parse(depends):
            solvable.add_deparray(solv.SOLVABLE_REQUIRES, self.group(group))
        for group in parse(conflicts):
            for relation in group:
                if relation.qualifier in {"", "any", self.architecture}:
                    solvable.add_deparray(solv.SOLVABLE_CONFLICTS, self.relation(relation))
