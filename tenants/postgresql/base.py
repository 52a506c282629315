"""Before a statement the connection is told who is active (`tenants.scope`), if it was told something else before.

Lasting and pooled connections go from one request to the next, so what one was told is forgotten whenever it is
taken, and after everything that takes a setting back: a rollback, to a savepoint as well. Then it is told anew.
Not in charge of which rows that shows: see `tenants.wall`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from tenants.scope import told_to_database

_TELL = "SELECT set_config('assay.tenant', %s, false)"
#: Statements that a connection keeps prepared: more than all pages together have.
_PREPARED = 400


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that shows the rows of `assay.tenant` only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What this connection was told last; None for not known.
        self._told: str | None = None
        self._is_going_back = False
        self.execute_wrappers.append(self._tell_first)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._told = None
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = _PREPARED
        return connection

    def _tell_first(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        wanted = told_to_database()
        if wanted != self._told and not self._is_going_back:
            self.validate_no_broken_transaction()
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(_TELL, (wanted,))
            self._told = wanted
        return execute(sql, params, many, context)

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # A transaction that failed takes no other statement than this one.
        self._is_going_back, self._told = True, None
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self._is_going_back = False
