from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_longer_artifact_types")]

    operations = [
        migrations.RemoveIndex(model_name="repositorymanifest", name="referrers_of_subject"),
        migrations.AddIndex(
            model_name="repositorymanifest",
            index=models.Index(fields=["subject", "repository"], name="referrers_by_subject"),
        ),
    ]
