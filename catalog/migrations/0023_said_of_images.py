from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Concat


def fill(apps, schema_editor):
    said = Concat("variants", Value("|"), "architectures", Value("|"), "category")
    apps.get_model("catalog", "Image").objects.update(said=said)


class Migration(migrations.Migration):
    """What lists count is one text, and an index has all that they read on PostgreSQL too; packages are found by their beginning."""

    dependencies = [("catalog", "0022_length_of_chart_versions")]

    operations = [
        migrations.AddField("image", "said", models.CharField(default="||", max_length=330)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="image", name="facts_of_images"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=[
                    *("name", "repository", "said", "ends_on", "is_listed", "is_free"),
                    *("newest_at", "newest_size"),
                ],
                name="facts_of_images",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(fields=["repository", "is_free"], name="free_images"),
        ),
        migrations.AddIndex(
            model_name="package",
            index=models.Index(fields=["name"], name="packages_by_name", opclasses=["varchar_pattern_ops"]),
        ),
    ]
