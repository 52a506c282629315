"""An upload's file says how far it has come; its row remembers the digest of what came in one piece."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_streams_pins_and_withdrawals")]

    operations = [
        migrations.RenameField("upload", "offset", "hashed"),
        migrations.AddField("upload", "sha256", models.CharField(blank=True, default="", max_length=64), preserve_default=False),
    ]
