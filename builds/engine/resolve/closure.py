"""Our own reading of a solution: who needs whom, and is it complete.

Walks the solver's answer from the requests, so that each package knows why it
is there and what no kept package needs falls away. Elided dependencies are not
walked; they are recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

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
        """Give the package that meets the relation, by name before by provision."""
        return next(self.all_meeting(relation), None)

    def all_meeting(self, relation: Relation) -> Iterator[Fact]:
        """Give every package that meets the relation.

        What is provided without a version meets no versioned relation.
        """
        fact = self._by_name.get(relation.name)
        if fact is not None and relation.admits(fact.version):
            yield fact
        for provided, provider in self._providers.get(relation.name, ()):
            if not relation.operator or (provided.version and relation.admits(provided.version)):
                yield provider


def is_elided(package: str, group: Group, elide: Mapping[str, Iterable[str]]) -> bool:
    """Tell whether a recipe leaves out this dependency of the package."""
    names = elide.get(package, ())
    return any(relation.name in names for relation in group)


def walk(
    form: Format, *, requested: Iterable[Fact], solution: Iterable[Fact], base: Iterable[Fact],
    elide: Mapping[str, Iterable[str]], companions: Mapping[str, str], need: Mapping[str, Iterable[str]],
) -> tuple[dict[str, str], tuple[str, ...]]:  # fmt: skip
    """Give what is needed, as package to needer (empty: requested; none of the base), and what was elided.

    ``need`` names what packages need beside their own dependencies; a name that the solution lacks is left to
    the caller. ``companions`` came by themselves, each for the sake of another. Elided dependencies read
    ``package>dependency``. Raises ``SolverDisagrees`` if a need is not met.
    """
    requested, solution = list(requested), list(solution)
    in_base = {fact.name for fact in base}
    present = Present(form, [*base, *solution])
    because = {**companions, **{fact.name: "" for fact in requested}}
    elided: set[str] = set()
    queue = deque([*requested, *(fact for fact in solution if fact.name in companions)])
    while queue:
        fact = queue.popleft()
        groups = form.parse_field(fact.depends)
        left_out = [group for group in groups if is_elided(fact.name, group, elide)]
        elided.update(
            f"{fact.name}>{r.name}" for group in left_out for r in group if r.name in elide[fact.name]
        )
        met = [_met(fact, group, present) for group in groups if group not in left_out]
        named = [present.named(name) for name in need.get(fact.name, ())]
        for other in [*met, *(one for one in named if one is not None)]:
            if other.name not in because and other.name not in in_base:
                because[other.name] = fact.name
                queue.append(other)
    return because, tuple(sorted(elided))


def _met(fact: Fact, group: Group, present: Present) -> Fact:
    found = next((found for relation in group if (found := present.meeting(relation))), None)
    if found is None:
        raise SolverDisagrees(package=fact.name, needs=" or ".join(str(relation) for relation in group))
    return found
