from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_facts_by_index")]

    operations = [
        migrations.AddField("chartversion", "signing_key", models.CharField(blank=True, max_length=100)),
    ]
