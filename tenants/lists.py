"""`field IN (…)` with the whole list as one value: one statement for lists of every length, so that its plan is kept.

With a place for each value every length is another statement; PostgreSQL plans each anew, which row-level security makes
dear (https://www.postgresql.org/docs/current/functions-comparisons.html), and a compiled query could not be one at all.
Lists of plain values alone: a query inside, or an expression among the values, stays what it is. So does a list of
SQLite's, but in a compiled query (https://www.sqlite.org/json1.html, json_each).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Field, ForeignObject
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

from tenants.compiled import Place

#: What the places of plain values consist of.
_PLACES = frozenset("(%s, )")


class _AnyOf(In):
    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if isinstance(self.rhs, Place):
            return self._compared("= ANY(%s)", self.rhs, compiler, connection)
        if not self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)
        places, values = self.process_rhs(compiler, connection)
        if len(values) != places.count("%s") or not _PLACES.issuperset(places):
            return self.as_sql(compiler, connection)
        return self._compared("= ANY(%s)", list(values), compiler, connection)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if isinstance(self.rhs, Place):
            return self._compared("IN (SELECT value FROM json_each(%s))", self.rhs, compiler, connection)
        return self.as_sql(compiler, connection)

    def _compared(self, how: str, listed: Any, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} {how}", (*params, listed)


class AnyOf(_AnyOf):
    """Of a column's own values."""


class AnyOfRelated(_AnyOf, RelatedIn):
    """Of another model's rows or keys."""


def register() -> None:
    """Have every query ask so."""
    Field.register_lookup(AnyOf)
    ForeignObject.register_lookup(AnyOfRelated)
