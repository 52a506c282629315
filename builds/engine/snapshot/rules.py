"""Package relations as the solver's own rules.

One vocabulary for the prepared index and for packages that come with a base
image. An unversioned ``Provides`` never meets a versioned relation (Debian
Policy 7.5), but the solver would let it; so it is stated under a name of its
own, ``virtual:<name>``, which real packages of that name provide as well.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import solv

from builds.engine.deb.relation import Group, Relation, parse_field

VIRTUAL = "virtual:"
FOREIGN = "foreign:"
_OPERATORS = {
    "<<": solv.REL_LT,
    "<=": solv.REL_LT | solv.REL_EQ,
    "=": solv.REL_EQ,
    ">=": solv.REL_GT | solv.REL_EQ,
    ">>": solv.REL_GT,
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How relations are said to one pool of one architecture.

    ``virtuals`` are the names with an unversioned provider; ``rank`` gives the
    rank of a version of a name.
    """

    pool: Any
    architecture: str
    virtuals: Container[str]
    rank: Callable[[str, str], int]

    def relation(self, relation: Relation) -> Any:
        """Give the solver's dependency on one relation."""
        if relation.qualifier not in {"", "any", "native", self.architecture}:
            return self.pool.Dep(f"{FOREIGN}{relation.name}:{relation.qualifier}")
        if not relation.operator:
            prefix = VIRTUAL if relation.name in self.virtuals else ""
            return self.pool.Dep(prefix + relation.name)
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
        if name in self.virtuals:
            deps.append(self.pool.Dep(VIRTUAL + name))
        return deps

    def describe(self, solvable: Any, *, name: str, version: str) -> None:
        """Name a solvable and state that it is itself."""
        solvable.name = name
        solvable.evr = str(self.rank(name, version))
        solvable.arch = "noarch"
        for dep in self.provided(name, version):
            solvable.add_deparray(solv.SOLVABLE_PROVIDES, dep)

    def relate(self, solvable: Any, *, depends: str, conflicts: str, provides: str) -> None:
        """State a package's fields, in the syntax of the index."""
        for group in parse_field(provides):
            for relation in group:
                for dep in self.provided(relation.name, relation.version):
                    solvable.add_deparray(solv.SOLVABLE_PROVIDES, dep)
        for group in parse_field(depends):
            solvable.add_deparray(solv.SOLVABLE_REQUIRES, self.group(group))
        for group in parse_field(conflicts):
            for relation in group:
                if relation.qualifier in {"", "any", self.architecture}:
                    solvable.add_deparray(solv.SOLVABLE_CONFLICTS, self.relation(relation))
