"""Filters of the list of charts as people see them: each value with its count and the address that chooses it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.charts.listing import Access, Listing, Sort, Source
from catalog.models import Image
from catalog.pages.filters import Choice, Filter, address, narrowing


class Choices:
    """All that can be chosen beside a list of charts."""

    def __init__(self, query: QueryDict, found: Listing) -> None:
        self._query, self._found = query, found

    @property
    def filters(self) -> list[Filter]:
        sources = [(Source.PLATFORM, _("Platform")), (Source.OWN, _("Your own"))]
        offered = [
            Filter(_("Access"), self._accesses()),
            self._filter("source", _("From"), sources),
            self._filter("category", _("Deploys"), Image.Category.choices),
        ]
        return [one for one in offered if one.choices]

    @property
    def sorts(self) -> list[Choice]:
        wanted = self._found.wanted
        labels = {Sort.NAME: _("Best match") if wanted.text else _("Name"), Sort.NEWEST: _("Newest")}
        return [
            Choice(
                labels[one], 0, one == wanted.sort, address(self._query, sort="" if one == Sort.NAME else one)
            )
            for one in Sort
        ]

    @property
    def views(self) -> list[Choice]:
        is_cards = self._query.get("view") == "cards"
        return [
            Choice(_("Rows"), 0, not is_cards, address(self._query, view="")),
            Choice(_("Cards"), 0, is_cards, address(self._query, view="cards")),
        ]

    @property
    def among_available(self) -> str:
        """The same words among the charts that may be asked for."""
        query = QueryDict(mutable=True)
        query.update({"q": self._found.wanted.text, "access": Access.AVAILABLE})
        return f"?{query.urlencode()}"

    @property
    def among_images(self) -> str:
        """The same words among the images."""
        query = QueryDict(mutable=True)
        query["q"] = self._query.get("q", "")
        return f"?{query.urlencode()}"

    def _accesses(self) -> list[Choice]:
        """Nothing to choose where there is nothing to ask for."""
        counts, chosen = self._found.by_access, self._found.wanted.access
        if not counts[Access.AVAILABLE] and chosen == Access.YOURS:
            return []
        labels = {Access.YOURS: _("Yours"), Access.AVAILABLE: _("Available")}
        address_of = {Access.YOURS: "", Access.AVAILABLE: str(Access.AVAILABLE)}
        return [
            Choice(labels[one], counts[one], one == chosen, address(self._query, access=address_of[one]))
            for one in Access
        ]

    def _filter(self, name: str, label: str, values: Iterable[tuple[str, Any]]) -> Filter:
        found = self._found
        return narrowing(
            self._query, name, label, values,
            chosen=found.wanted.filters.get(name, ""), counts=found.counts[name], total=found.totals[name],
        )  # fmt: skip
