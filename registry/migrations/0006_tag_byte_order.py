from django.db import migrations


def add(apps, schema_editor):
    # SQLite orders by bytes anyway. Elsewhere a database's own order is its locale's.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('CREATE INDEX tag_byte_order ON registry_tag (repository_id, (name COLLATE "C"))')


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX tag_byte_order")


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_pull_check_indexes")]

    operations = [migrations.RunPython(add, drop)]
