"""Our own reading of a solution: who needs whom, and is it complete.

Walks the solver's answer from the requests, so that each package knows why it
is there and what no kept package needs falls away. Elided dependencies are not
walked; they are recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from builds.engine.errors import SolverDisagrees
from builds.engine.formats import Format, Group, Relation
from builds.engine.snapshot.facts import Fact


class Present:
    """A set of packages, asked which of them meets a relation."""

    def __init__(self, form: Format, facts: Iterable[Fact]) -> None:
        self._form = form
        self._by_name: dict[str, Fact] = {}
        self._providers: dict[str, list[tuple[Relation, Fact]]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact) -> None:
        self._by_name[fact.name] = fact
        for group in self._form.parse_field(fact.provides):
            for provided in group:
                self._providers.setdefault(provided.name, []).append((provided, fact))

    def named(self, name: str) -> Fact | None:
        """Give the package of that name."""
        return self._by_name.get(name)

    def meeting(self, relation: Relation) -> Fact | None:
        """Give the package that meets the relation, by name before by provision.

        What is provided without a version meets no versioned relation.
        """
        fact = self._by_name.get(relation.name)
        if fact is not None and relation.admits(fact.version):
            return fact
        for provided, provider in self._providers.get(relation.name, ()):
            if not relation.operator or (provided.version and relation.admits(provided.version)):
                return provider
        return None


def is_elided(package: str, group: Group, elide: Mapping[str, Iterable[str]]) -> bool:
    """Tell whether a recipe leaves out this dependency of the package."""
    names = elide.get(package, ())
    return any(relation.name in names for relation in group)


def walk(
    form: Format,
    *,
    requested: Iterable[Fact],
    solution: Iterable[Fact],
    base: Iterable[Fact],
    elide: Mapping[str, Iterable[str]],
    companions: Mapping[str, str],
    need: Mapping[str, Iterable[str]],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give what is needed, as package to needer, and what was elided.

    ``need`` names what packages need beside their own dependencies; a name that
    the solution lacks is left to the caller.

    Requested packages have an empty needer; packages of the base are not
    listed. ``companions`` came by themselves, each for the sake of another.
    Elided dependencies read ``package>dependency``. Raises
    ``SolverDisagrees`` if a need is not met.
    """
    requested, solution = list(requested), list(solution)
    in_base = {fact.name for fact in base}
    present = Present(form, [*base, *solution])
    because = {**companions, **{fact.name: "" for fact in requested}}
    elided: set[str] = set()
    queue = deque([*requested, *(fact for fact in solution if fact.name in companions)])
    while queue:
        fact = queue.popleft()
        for group in form.parse_field(fact.depends):
            if is_elided(fact.name, group, elide):
                elided.update(f"{fact.name}>{r.name}" for r in group if r.name in elide[fact.name])
                continue
            met = next((found for relation in group if (found := present.meeting(relation))), None)
            if met is None:
                raise SolverDisagrees(
                    package=fact.name, needs=" or ".join(str(relation) for relation in group)
                )
            if met.name not in because and met.name not in in_base:
                because[met.name] = fact.name
                queue.append(met)
        for name in need.get(fact.name, ()):
            met = present.named(name)
            if met is not None and met.name not in because and met.name not in in_base:
                because[met.name] = fact.name
                queue.append(met)
    return because, tuple(sorted(elided))
