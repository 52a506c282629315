"""What the images of a list are counted by, and what each filter would leave of them.

Of thousands at once: as texts, of which many are the same. Not in charge of finding them (`catalog.listing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from catalog.wanted import Access, Life

FILTERS = ("category", "variant", "life", "arch")


@dataclass(frozen=True, slots=True)
class Kind:
    """What images are counted by."""

    is_held: bool
    #: May be asked for.
    is_offered: bool
    is_free: bool
    #: By filter, each value of it that they have.
    values: Mapping[str, Collection[str]]

    @classmethod
    def read(cls, said: str, *, life: Life, is_held: bool, is_offered: bool, is_free: bool) -> Kind:
        """`said` as `Image` has it."""
        variants, architectures, category = said.split("|", 2)
        values = (category,), variants.split(), (life,), architectures.split()
        return cls(is_held, is_offered, is_free, dict(zip(FILTERS, values, strict=True)))

    def is_of(self, access: Access) -> bool:
        """Whether `search.images_by` has it there."""
        if access == Access.AVAILABLE:
            return self.is_offered
        return self.is_held and (self.is_free or access == Access.YOURS)

    def misses(self, filters: Mapping[str, str]) -> list[str]:
        """Those of the filters that would leave it out."""
        return [name for name, value in filters.items() if value not in self.values[name]]


@dataclass(frozen=True, slots=True)
class Left:
    """Of each filter, by its name: how many images have each of its values, and how many there are without it."""

    counts: Mapping[str, Counter[str]]
    totals: Counter[str]


def left(kinds: Iterable[tuple[Kind, int]], filters: Mapping[str, str]) -> Left:
    """Each among those that fit the other filters; `kinds` are with how many there are."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in FILTERS}
    totals = Counter(dict.fromkeys(FILTERS, 0))
    for kind, n in kinds:
        missed = kind.misses(filters)
        if len(missed) > 1:
            continue
        for name in missed or FILTERS:
            totals[name] += n
            for value in kind.values[name]:
                counts[name][value] += n
    return Left(counts, totals)
