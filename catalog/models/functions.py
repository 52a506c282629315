"""What databases say of a JSON column, each in its own words."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, TextField


class Keys(Func):
    """Names in the outermost object, with blanks between: of what may be kilobytes a few words are read."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return super().as_sql(
            compiler, connection, template="(SELECT group_concat(key, ' ') FROM json_each(%(expressions)s))"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return super().as_sql(
            compiler,
            connection,
            template="(SELECT string_agg(name, ' ') FROM jsonb_object_keys(%(expressions)s) AS name)",
        )
