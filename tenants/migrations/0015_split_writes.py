"""The wall's policies for writing become one for each verb, so that a read looks at the policy for reading alone."""

from typing import Any

from django.db import migrations

from tenants.wall import writes

_OLD = "SELECT tablename, qual FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'tenant_writes'"


def split(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_OLD)
        found = cursor.fetchall()
    for table, theirs in found:  # none where the wall was built after this was written
        for statement in (f"DROP POLICY tenant_writes ON {table}", *writes(table, theirs)):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_shared_cache")]

    operations = [migrations.RunPython(split, migrations.RunPython.noop)]
