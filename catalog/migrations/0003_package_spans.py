"""Packages as spans along a line of releases, beside what there is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_tests"),
        ("registry", "0008_staging_pull_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="PackageSpan",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField(blank=True, null=True)),
                (
                    "repository",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="package_spans",
                        to="registry.repository",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="package_spans",
                        to="catalog.versionstream",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spans",
                        to="catalog.packageversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["repository", "stream"], name="spans_of_line"),
                    models.Index(fields=["version", "until"], name="spans_of_version"),
                ],
            },
        ),
    ]
