"""Filters of the list of images as people see them: each value with its count and the address that chooses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from catalog.listing import Listing
from catalog.models import Image, VersionStream
from catalog.wanted import Access, Life, Sort, Wanted


@dataclass(frozen=True, slots=True)
class Choice:
    """One value, how many images it would leave, and where it leads."""

    label: str
    count: int
    is_chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`choices` begin with the one that takes the filter away, where that is of use."""

    label: str
    choices: list[Choice]


class Choices:
    """All that can be chosen beside a list."""

    def __init__(self, query: QueryDict, found: Listing, wanted: Wanted, *, is_open: bool) -> None:
        self._query, self._found, self._wanted, self._is_open = query, found, wanted, is_open

    @property
    def filters(self) -> list[Filter]:
        lives = [(Life.SUPPORTED, _("Supported")), (Life.GRACE, _("In grace")), (Life.ENDED, _("Ended"))]
        names = sorted({*self._found.counts["arch"], self._wanted.architecture} - {""})
        offered = [
            Filter(_("Access"), self._accesses()),
            self._filter("category", _("Category"), Image.Category.choices),
            self._filter("variant", _("Variant"), VersionStream.Variant.choices),
            self._filter("life", _("Life"), lives),
            self._filter("arch", _("Architecture"), [(name, name) for name in names]),
        ]
        return [one for one in offered if one.choices]

    @property
    def sorts(self) -> list[Choice]:
        labels = {Sort.NAME: _("Name"), Sort.NEWEST: _("Newest"), Sort.SMALLEST: _("Smallest")}
        chosen = self._wanted.sort or (None if self._wanted.text else Sort.NAME)
        offered = [Choice(labels[one], 0, one == chosen, self._href(sort=one)) for one in Sort]
        if self._wanted.text:
            offered.insert(0, Choice(_("Best match"), 0, chosen is None, self._href(sort="")))
        return offered

    @property
    def views(self) -> list[Choice]:
        is_cards = self._query.get("view") == "cards"
        return [
            Choice(_("Rows"), 0, not is_cards, self._href(view="")),
            Choice(_("Cards"), 0, is_cards, self._href(view="cards")),
        ]

    @property
    def among_available(self) -> str:
        """The same words among the images that may be asked for."""
        query = QueryDict(mutable=True)
        query.update({"q": self._wanted.text, "access": Access.AVAILABLE})
        return f"?{query.urlencode()}"

    def _accesses(self) -> list[Choice]:
        if self._is_open:
            return []  # everything is free there, and nobody asks
        labels = {Access.YOURS: _("Yours"), Access.AVAILABLE: _("Available"), Access.FREE: _("Free")}
        counts, chosen = self._found.by_access, self._wanted.access
        return [
            Choice(labels[one], counts[one], one == chosen, self._href(access=one, free="")) for one in Access
        ]

    def _filter(self, name: str, label: str, values: Iterable[tuple[str, Any]]) -> Filter:
        chosen = self._wanted.filters.get(name, "")
        offered = narrowing(
            self._query, name, label, values,
            chosen=chosen, counts=self._found.counts[name], total=self._found.totals[name],
        )  # fmt: skip
        return offered if chosen or name == "category" else Filter(label, offered.choices[1:])

    def _href(self, **changes: str) -> str:
        return address(self._query, **changes)


def narrowing(
    query: QueryDict,
    name: str,
    label: str,
    values: Iterable[tuple[str, Any]],
    *,
    chosen: str,
    counts: Mapping[str, int],
    total: int,
) -> Filter:
    """The filter `name`: all, and each of `values` that would leave something or is chosen; nothing where none would."""
    choices = [
        Choice(str(text), counts.get(value, 0), value == chosen, address(query, **{name: value}))
        for value, text in values
        if counts.get(value) or value == chosen
    ]
    if choices:
        choices.insert(0, Choice(_("All"), total, not chosen, address(query, **{name: ""})))
    return Filter(label, choices)


def address(query: QueryDict, **changes: str) -> str:
    """The address of the page `query` with some parameters changed, those that become "" left out, at its first page."""
    changes = {"page": "", **changes}
    kept = [(name, value) for name, values in query.lists() if name not in changes for value in values]
    return f"?{urlencode([*kept, *((name, str(value)) for name, value in changes.items() if value)])}"
