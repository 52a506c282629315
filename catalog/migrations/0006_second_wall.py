from django.db import migrations

from tenants.wall import Through, keep_apart


class Migration(migrations.Migration):
    """Row-level security on PostgreSQL; nothing elsewhere."""

    dependencies = [("catalog", "0005_no_release_packages"), ("registry", "0009_second_wall")]

    operations = [
        keep_apart("catalog_entitlement"),
        keep_apart("catalog_release", Through("registry_repository", "repository_id")),
    ]
