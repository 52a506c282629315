"""Spans say it all."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_fill_package_spans")]

    operations = [migrations.DeleteModel(name="ReleasePackage")]
