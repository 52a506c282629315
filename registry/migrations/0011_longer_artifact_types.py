from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_room_of_uploads")]

    operations = [
        migrations.AlterField(
            model_name="manifest",
            name="artifact_type",
            field=models.CharField(blank=True, max_length=255),
        ),
    ]
