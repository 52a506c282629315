from django.db import migrations, models
from django.db.models import OuterRef, Subquery

def fill(apps, schema_editor):
    image_of, release_of = apps.get_model("catalog", "Image"), apps.get_model("catalog", "Release")
    newest = release_of.objects.filter(pk=OuterRef("newest"))
    image_of.objects.filter(newest__isnull=False).update(
        newest_at=Subquery(newest.values("published_at")), newest_size=Subquery(newest.values("size"))
    )


class Migration(migrations.Migration):
    """Lists sort by what the image itself says: of thousands no release is looked up."""

    dependencies = [("catalog", "0017_signing_key_of_charts")]

    operations = [
        migrations.AddField("image", "newest_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("image", "newest_size", models.BigIntegerField(blank=True, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
