"""Carry what releases hold over to spans, line by line."""

from itertools import groupby

from django.db import migrations


def fill(apps, schema_editor):
    release = apps.get_model("catalog", "Release")
    span = apps.get_model("catalog", "PackageSpan")
    links = apps.get_model("catalog", "ReleasePackage")
    rows = release.objects.order_by("repository_id", "stream_id", "pk").values_list(
        "repository_id", "stream_id", "pk"
    )
    for (repository, stream), line in groupby(rows.iterator(), key=lambda row: row[:2]):
        held, done = {}, []
        for *_, number in line:
            wanted = set(links.objects.filter(release=number).values_list("version_id", flat=True))
            for version in [one for one in held if one not in wanted]:
                ended = held.pop(version)
                ended.until = number
                done.append(ended)
            for version in wanted - held.keys():
                held[version] = span(
                    repository_id=repository, stream_id=stream, version_id=version, since=number
                )
        span.objects.bulk_create([*done, *held.values()], batch_size=1000)


def empty(apps, schema_editor):
    apps.get_model("catalog", "PackageSpan").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_package_spans")]

    operations = [migrations.RunPython(fill, empty)]
