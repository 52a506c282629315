"""Packages that come by themselves: their index entry names others, and all of those are there (``install_if``)."""

from __future__ import annotations

from collections.abc import Container, Iterable

from builds.engine.resolve.closure import Present
from builds.engine.snapshot.facts import Fact, Facts


def companions_of(facts: Facts, here: Iterable[Fact], *, without: Container[str]) -> list[tuple[Fact, str]]:
    """Give the packages that those ``here`` bring along, each with the one it comes for.

    Names in ``without`` were considered before.
    """
    candidates = facts.coming_by_themselves
    if not candidates:
        return []
    here = list(here)
    present, names = Present(facts.form, here), {fact.name for fact in here}
    found = []
    for fact in candidates:
        if fact.name in names or fact.name in without:
            continue
        met = [present.meeting(group[0]) for group in facts.form.parse_field(fact.install_if)]
        if met and met[0] is not None and None not in met:
            found.append((fact, met[0].name))
    return found
