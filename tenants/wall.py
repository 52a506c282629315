"""The second wall: PostgreSQL's row-level security, for the migrations that build it. SQLite has none.

A connection sees the rows of the tenant that it was told (`assay.tenant`, see `tenants.postgresql`): all of them
if that is 0, none if it was told nothing. The owner of the tables is held to it, too (FORCE); a superuser, or a role
with BYPASSRLS, never is (https://www.postgresql.org/docs/current/ddl-rowsecurity.html), so that the portal must
be neither: `tenants.checks` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.migrations import RunPython

#: In a query of its own, so that it is found out once for a statement and not for each row.
_TOLD = "(SELECT NULLIF(current_setting('assay.tenant', true), '')::bigint)"
_IS_PLATFORM = f"{_TOLD} = 0"
#: Policies by which rows are written, and what each says.
_WRITES = {
    "tenant_inserts": "FOR INSERT WITH CHECK ({0})",
    "tenant_updates": "FOR UPDATE USING ({0}) WITH CHECK ({0})",
    "tenant_deletes": "FOR DELETE USING ({0})",
}


@dataclass(frozen=True, slots=True)
class Through:
    """Rows that belong to whoever the row of `parent` does that their `column` names."""

    parent: str
    column: str
    #: How the parent names its tenant: a column, or again through another.
    owner: str | Through = "tenant_id"


def keep_apart(table: str, owner: str | Through = "tenant_id", *, reads_platforms: bool = False) -> RunPython:
    """A step of a migration: who is told a tenant sees and writes its rows of `table` alone.

    With `reads_platforms` everyone reads the rows without a tenant, which only the platform writes. A row of
    another's parent is seen where the parent is, and written only where the parent is one's own.
    """
    theirs = f"{_IS_PLATFORM} OR {_owned(table, owner)}"
    seen = f"{_IS_PLATFORM} OR {_seen(table, owner, reads_platforms=reads_platforms)}"
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *writes(table, theirs),
        f"CREATE POLICY tenant_reads ON {table} FOR SELECT USING ({seen})",
    ]
    undone = [
        f"DROP POLICY tenant_reads ON {table}",
        *(f"DROP POLICY {name} ON {table}" for name in _WRITES),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
    return RunPython(_on_postgresql(statements), _on_postgresql(undone))


def writes(table: str, theirs: str) -> list[str]:
    """Statements by which rows of `table` are written where `theirs` holds.

    A policy for each verb: one for all would count for reading as well, and a read through four parents would have
    both policies of each looked at, each time twice as many.
    """
    return [f"CREATE POLICY {name} ON {table} {verb.format(theirs)}" for name, verb in _WRITES.items()]


def _owned(table: str, owner: str | Through) -> str:
    if isinstance(owner, str):
        return f"{table}.{owner} = {_TOLD}"
    parent = owner.parent
    found = f"{parent}.id = {table}.{owner.column} AND {_owned(parent, owner.owner)}"
    return f"EXISTS (SELECT 1 FROM {parent} WHERE {found})"  # noqa: S608 - names of our own tables


def _seen(table: str, owner: str | Through, *, reads_platforms: bool) -> str:
    if isinstance(owner, str):
        return f"{_owned(table, owner)}" + (
            f" OR {table}.{owner} IS NULL AND {_TOLD} > 0" if reads_platforms else ""
        )
    # The parent's own policy decides.
    return f"EXISTS (SELECT 1 FROM {owner.parent} WHERE {owner.parent}.id = {table}.{owner.column})"  # noqa: S608


def _on_postgresql(statements: list[str]) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run
