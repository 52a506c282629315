"""What the images of a list are counted by, and what each filter would leave of them.

Of thousands at once: as texts, of which many are the same. Not in charge of finding them (`catalog.listing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import CharField, Func
from django.db.models.functions import Cast

from catalog.shelf import Facts
from catalog.wanted import Access, Life


class _Joined(Func):
    """Texts in one, between bars: to make dates and truths of thousands takes longer than to find them."""

    template, arg_joiner, output_field = "(%(expressions)s)", " || '|' || ", CharField()


def as_text(name: str) -> Cast:
    return Cast(name, CharField())


#: What is counted of an image; what may hold a bar comes last.
SAID = _Joined(as_text("is_listed"), as_text("is_free"), "variants", "architectures", "category")
_TRUE = ("1", "true")  # as the databases write it


@dataclass(frozen=True, slots=True)
class Kind:
    """What images are counted by."""

    is_held: bool
    #: May be asked for.
    is_offered: bool
    is_free: bool
    category: str
    variants: frozenset[str]
    architectures: frozenset[str]
    life: Life

    @classmethod
    def read(cls, facts: str, *, life: Life, is_held: bool, is_open: bool) -> Kind:
        """From `SAID`; where everyone is let in (`is_open`) nobody asks."""
        is_listed, is_free, variants, architectures, category = facts.split("|", 4)
        return cls(
            is_held=is_held,
            is_offered=is_listed in _TRUE and not is_held and not is_open,
            is_free=is_free in _TRUE,
            category=category,
            variants=frozenset(variants.split()),
            architectures=frozenset(architectures.split()),
            life=life,
        )

    def is_of(self, access: Access) -> bool:
        """Whether `search.images_by` has it there."""
        if access == Access.AVAILABLE:
            return self.is_offered
        return self.is_held and (self.is_free or access == Access.YOURS)

    def fits(self, filters: Mapping[str, str], but: str = "") -> bool:
        return all(value in _VALUES[name](self) for name, value in filters.items() if name != but)


#: The values of a filter that a kind has.
_VALUES: dict[str, Callable[[Kind], Iterable[str]]] = {
    "category": lambda kind: (kind.category,),
    "variant": lambda kind: kind.variants,
    "life": lambda kind: (kind.life,),
    "arch": lambda kind: kind.architectures,
}


def said_of(facts: Facts, said: str) -> str:
    """`SAID` with these facts in place of the image's own."""
    is_listed, is_free, _, _, category = said.split("|", 4)
    return f"{is_listed}|{is_free}|{facts.variants}|{facts.architectures}|{category}"


def counts(kinds: Counter[Kind], filters: Mapping[str, str]) -> dict[str, Counter[str]]:
    """How many there are of each filter's values, among those that fit the other filters."""
    return {name: _counts(kinds, filters, name) for name in _VALUES}


def totals(kinds: Counter[Kind], filters: Mapping[str, str]) -> dict[str, int]:
    """How many there are without each filter, among those that fit the others."""
    return {name: sum(n for kind, n in kinds.items() if kind.fits(filters, but=name)) for name in _VALUES}


def _counts(kinds: Counter[Kind], filters: Mapping[str, str], name: str) -> Counter[str]:
    """How many images have each value of the filter `name`, among those that fit the others."""
    counted: Counter[str] = Counter()
    for kind, n in kinds.items():
        if kind.fits(filters, but=name):
            counted.update(dict.fromkeys(_VALUES[name](kind), n))
    return counted
