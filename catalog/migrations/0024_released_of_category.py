from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0023_said_of_images")]

    operations = [
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                fields=["category", "repository"],
                condition=models.Q(newest_at__isnull=False),
                name="released_of_category",
            ),
        ),
    ]
