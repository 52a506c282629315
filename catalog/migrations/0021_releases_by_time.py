"""The releases of a repository, newest first, are read from an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_words_once"), ("registry", "0011_longer_artifact_types")]

    operations = [
        migrations.AddIndex(
            model_name="release",
            index=models.Index(fields=["repository", "-published_at"], name="releases_by_time"),
        ),
    ]
