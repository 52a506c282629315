"""The table of the cache that all web processes share (`CACHES` in `portal.settings`)."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "assay_cache"


def make(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_lasting_sign_ins")]

    operations = [migrations.RunPython(make, drop)]
