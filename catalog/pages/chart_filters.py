"""Filters of the list of charts as people see them: each value with its count and the address that chooses it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.charts.listing import Listing, Sort, Source
from catalog.models import Image
from catalog.pages.filters import Choice, Filter, address, narrowing


class Choices:
    """All that can be chosen beside a list of charts."""

    def __init__(self, query: QueryDict, found: Listing) -> None:
        self._query, self._found = query, found

    @property
    def filters(self) -> list[Filter]:
        sources = [(Source.PLATFORM, _("Platform")), (Source.OWN, _("Yours"))]
        offered = [
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
    def among_images(self) -> str:
        """The same words among the images."""
        query = QueryDict(mutable=True)
        query["q"] = self._query.get("q", "")
        return f"?{query.urlencode()}"

    def _filter(self, name: str, label: str, values: Iterable[tuple[str, Any]]) -> Filter:
        found = self._found
        return narrowing(
            self._query, name, label, values,
            chosen=found.wanted.filters.get(name, ""), counts=found.counts[name], total=found.totals[name],
        )  # fmt: skip
