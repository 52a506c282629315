from django.db import migrations

from tenants.wall import Through, keep_apart

CHART = Through("registry_repository", "repository_id")
VERSION = Through("catalog_chart", "chart_id", CHART)
DEPLOYS = Through("catalog_chartversion", "chartversion_id", VERSION)


class Migration(migrations.Migration):
    """Row-level security on PostgreSQL for charts, now that tenants have their own; nothing elsewhere."""

    dependencies = [("catalog", "0007_what_charts_hold")]

    operations = [
        keep_apart("catalog_chart", CHART),
        keep_apart("catalog_chartversion", VERSION),
        keep_apart("catalog_chartversion_deploys", DEPLOYS),
    ]
