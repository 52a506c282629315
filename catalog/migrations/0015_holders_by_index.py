from django.db import migrations, models


class Migration(migrations.Migration):
    """Which repositories hold a version is answered by the index alone."""

    dependencies = [("catalog", "0014_layer_listing")]

    operations = [
        migrations.AddIndex(
            model_name="packagespan",
            index=models.Index(fields=["version", "repository", "until"], name="spans_of_holders"),
        ),
        migrations.RemoveIndex(model_name="packagespan", name="spans_of_version"),
    ]
