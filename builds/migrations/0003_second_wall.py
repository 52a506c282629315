from django.db import migrations

from tenants.wall import Through, keep_apart

_OF_BUILD = Through("builds_build", "build_id")


class Migration(migrations.Migration):
    """Row-level security on PostgreSQL; nothing elsewhere."""

    dependencies = [("builds", "0002_tests"), ("tenants", "0007_second_wall")]

    operations = [
        keep_apart("builds_build", reads_platforms=True),
        keep_apart("builds_buildlogline", _OF_BUILD),
        keep_apart("builds_buildstep", _OF_BUILD),
        keep_apart("builds_recipe"),
        keep_apart("builds_reciperevision", Through("builds_recipe", "recipe_id")),
    ]
