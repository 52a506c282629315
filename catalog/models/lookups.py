"""`holds` and `begins`: `contains` and `startswith`, letter for letter, as each database does them quickest.

PostgreSQL's `LIKE` looks at every letter of a long text, where its `strpos` skips; and a plan that is made for all values
(`plan_cache_mode`) cannot know that a pattern has a beginning to look for in an index, while between two bounds it can.
SQLite's `LIKE` takes great and small letters for the same, so that no index helps it either. Not in charge of what is
searched.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, TextField
from django.db.models.lookups import Contains, StartsWith

#: Comes after whatever a text goes on with.
_LAST = "\U0010ffff"


@TextField.register_lookup
class Holds(Contains):
    """That the text stands somewhere in the column."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return Contains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"strpos({column}, %s) > 0", [*params, self.rhs]


@CharField.register_lookup
class Begins(StartsWith):
    """That the column begins with the text, by an index in the order of bytes: `varchar_pattern_ops` on PostgreSQL."""

    lookup_name = "begins"

    def as_sql(
        self, compiler: Any, connection: Any, *, least: str = ">=", below: str = "<"
    ) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        bounds = [*params, self.rhs, *params, f"{self.rhs}{_LAST}"]
        return f"({column} {least} %s AND {column} {below} %s)", bounds

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, least="~>=~", below="~<~")
