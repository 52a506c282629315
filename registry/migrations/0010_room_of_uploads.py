from django.db import migrations, models


class Migration(migrations.Migration):
    """What is under way already counts with its next chunk."""

    dependencies = [("registry", "0009_second_wall")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="reserved",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
