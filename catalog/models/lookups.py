"""`holds` and `begins`: `contains` and `startswith`, letter for letter, as each database does them quickest.

PostgreSQL's `LIKE` looks at every letter of a long text, where its `strpos` skips; and a plan that is made for all values
(`plan_cache_mode`) cannot know that a pattern has a beginning to look for in an index, while between two bounds it can.
SQLite's `LIKE` takes great and small letters for the same, so that no index helps it either. Not in charge of what is
searched.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, TextField
from django.db.models.lookups import Contains, Lookup, StartsWith


@TextField.register_lookup
class Holds(Contains):
    """That the text stands somewhere in the column."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        text, texts = Lookup.process_rhs(self, compiler, connection)
        return f"strpos({column}, {text}) > 0", (*params, *texts)


@CharField.register_lookup
class Begins(StartsWith):
    """That the column begins with the text, by an index in the order of bytes: `varchar_pattern_ops` on PostgreSQL."""

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self._between(compiler, connection, "{0} >= {1} AND {0} < ({1} || char(1114111))")

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self._between(compiler, connection, "{0} ~>=~ {1} AND {0} ~<~ ({1}::text || chr(1114111))")

    def _between(self, compiler: Any, connection: Any, bounds: str) -> tuple[str, Any]:
        """What comes last of all letters is put behind the text: it is above whatever else the text goes on with."""
        column, params = self.process_lhs(compiler, connection)
        text, texts = Lookup.process_rhs(self, compiler, connection)
        return f"({bounds.format(column, text)})", (*params, *texts) * 2
