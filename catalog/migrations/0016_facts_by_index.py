from django.db import migrations, models


class Migration(migrations.Migration):
    """What a list counts of all images is answered by the index alone."""

    dependencies = [("catalog", "0015_holders_by_index")]

    operations = [
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=[
                    "name",
                    "category",
                    "variants",
                    "architectures",
                    "ends_on",
                    "is_free",
                    "is_listed",
                    "repository",
                ],
                name="facts_of_images",
            ),
        ),
    ]
