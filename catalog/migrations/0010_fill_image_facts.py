"""What lists say of the images that are there already."""

from django.db import migrations


def fill(apps, schema_editor):
    image_of, release_of = apps.get_model("catalog", "Image"), apps.get_model("catalog", "Release")
    for image in image_of.objects.all():
        streams = list(image.streams.order_by("-is_latest", "variant", "name"))
        newest = [
            release_of.objects.filter(stream=stream).order_by("-published_at").first() for stream in streams
        ]
        architectures = {name for release in newest if release for name in release.platforms}
        ends = [stream.eol_on for stream in streams]
        image.newest = newest[0] if newest else None
        image.variants = f" {' '.join(sorted({stream.variant for stream in streams}))} "
        image.architectures = f" {' '.join(sorted(architectures))} "
        image.ends_on = max((day for day in ends if day), default=None) if all(ends) else None
        image.names = " ".join([image.name, image.title, *image.replaces]).lower()
        image.words = f"{image.summary} {image.description[:2000]}".lower()
        image.save()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_image_facts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
