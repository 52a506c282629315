"""Which of several alternatives to prefer: the first that exists, and of its providers the format's choice.

Walks the dependencies without backtracking, as if there were no conflicts. The
outcome is a preference for the solver, never a result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from builds.engine.formats import Relation
from builds.engine.resolve.closure import Present, is_elided
from builds.engine.snapshot.facts import Fact, Facts
from builds.engine.snapshot.opening import Rules


def favourites(
    rules: Rules,
    facts: Facts,
    *,
    base: Iterable[Fact],
    requested: Iterable[Fact],
    elide: Mapping[str, Iterable[str]],
) -> list[Fact]:
    """Give the packages that first choices alone would lead to."""
    present = Present(facts.form, [*base, *requested])
    queue = deque(requested)
    chosen: list[Fact] = []
    while queue:
        fact = queue.popleft()
        for group in facts.form.parse_field(fact.depends):
            if is_elided(fact.name, group, elide) or any(present.meeting(r) for r in group):
                continue
            choice = next((c for r in group if (c := _first(rules, facts, r))), None)
            if choice is not None:
                present.add(choice)
                chosen.append(choice)
                queue.append(choice)
    return chosen


def _first(rules: Rules, facts: Facts, relation: Relation) -> Fact | None:
    known = rules.memo.get(str(relation))
    if known is None:
        known = rules.memo[str(relation)] = (_look_up(rules, facts, relation),)
    found: Fact | None = known[0]
    return found


def _look_up(rules: Rules, facts: Facts, relation: Relation) -> Fact | None:
    ids = (rules.fact_id(s) for s in _providers(rules, relation))
    candidates = [fact for i in ids if i is not None and (fact := facts.by_id(i)).is_candidate]
    return min(candidates, key=lambda fact: facts.form.preference(fact, relation.name), default=None)


def _providers(rules: Rules, relation: Relation) -> Iterable[Any]:
    found: Iterable[Any] = rules.pool.whatprovides(rules.dialect.relation(relation))
    return found
