from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of what lists count holds what they sort by as well."""

    dependencies = [("catalog", "0018_newest_to_sort_by")]

    operations = [
        migrations.RemoveIndex(model_name="image", name="facts_of_images"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=[
                    *("name", "category", "variants", "architectures", "ends_on", "is_free", "is_listed"),
                    *("repository", "newest_at", "newest_size"),
                ],
                name="facts_of_images",
            ),
        ),
    ]
