"""`field IN (…)` as `field = ANY(…)`: one statement for lists of every length, so that its plan is kept.

With a place for each value every length is another statement, planned anew, which row-level security makes dear
(https://www.postgresql.org/docs/current/functions-comparisons.html). Lists of plain values alone: a query inside, or an
expression among the values, stays what it is.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Field, ForeignObject
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

#: What the places of plain values consist of.
_PLACES = frozenset("(%s, )")


class _AnyOf(In):
    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)
        places, values = self.process_rhs(compiler, connection)
        if len(values) != places.count("%s") or not _PLACES.issuperset(places):
            return self.as_sql(compiler, connection)
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, list(values))


class AnyOf(_AnyOf):
    """Of a column's own values."""


class AnyOfRelated(_AnyOf, RelatedIn):
    """Of another model's rows or keys."""


def register() -> None:
    """Have every query ask so; on another database nothing changes."""
    Field.register_lookup(AnyOf)
    ForeignObject.register_lookup(AnyOfRelated)
