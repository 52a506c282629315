"""Write a made catalogue in bulk, and take it back. All of it or nothing: one transaction.

What was loaded is named in the platform's audit trail; `undo` reads it there and leaves everything else alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.models import Chart, Image, Package, PackageVersion, Release
from catalog.scale.made import MadeChart, MadeImage, MadePackage
from catalog.scale.writing import Writer
from registry.models import Manifest, Repository, RepositoryManifest, Tag, TagEvent
from tenants import audit
from tenants.models import AuditEntry, Tenant

LOADED, TAKEN_BACK = "catalogue.loaded", "catalogue.taken-back"
ACTOR = "scale"
Say = Callable[[str], None]
#: The byte key of a version (ecosystem, version): see `PackageVersion`.
KeyOf = Callable[[str, str], bytes]


class CatalogueInUse(Exception):
    """There is a catalogue already, and nobody said that another may be loaded beside it."""

    code = "catalogue-in-use"

    def __init__(self, images: int) -> None:
        super().__init__(f"This database holds a catalogue of {images} images already.")


class NothingLoaded(LookupError):
    """Nothing was loaded that could be taken back."""

    code = "nothing-loaded"

    def __init__(self) -> None:
        super().__init__("No catalogue was loaded into this database, or it was taken back already.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was written."""

    images: int
    releases: int
    tags: int
    spans: int
    packages: int
    chart_versions: int

    def __str__(self) -> str:
        return (
            f"{self.images} images, {self.releases} releases, {self.tags} tags, {self.packages} package versions "
            f"in {self.spans} spans, {self.chart_versions} chart versions"
        )


@transaction.atomic
def load(
    *,
    images: Iterable[MadeImage],
    charts: Iterable[MadeChart] = (),
    packages: Iterable[MadePackage] = (),
    key_of: KeyOf,
    say: Say,
    beside: bool = False,
    entitled: int = 0,
) -> Loaded:
    """Write all of it. Names that the catalogue has already are left out, and said.

    Every active tenant is entitled to what is free, and to the first `entitled` images. Raises CatalogueInUse
    unless the catalogue is empty or `beside` says that it may be added to.
    """
    there = Image.objects.count()
    if there and not beside:
        raise CatalogueInUse(there)
    writer = Writer(
        key_of=key_of, tenants=list(Tenant.objects.filter(is_active=True, is_open=False)), entitled=entitled
    )
    for package in packages:
        writer.package(package)
    _write(writer, images, charts, say)
    loaded = Loaded(
        writer.images, writer.releases, writer.tags, writer.spans, len(writer.versions), writer.chart_versions
    )
    audit.record(
        tenant=None, actor=ACTOR, verb=LOADED, object="catalogue", data={"repositories": writer.repositories}
    )
    _analyse()
    return loaded


def _write(writer: Writer, images: Iterable[MadeImage], charts: Iterable[MadeChart], say: Say) -> None:
    """All but those whose names are taken."""
    taken = set(Repository.objects.of_platform().values_list("name", flat=True))
    for image in images:
        if image.name in taken:
            say(f"{image.name} is there already")
            continue
        writer.image(image)
        if writer.images % 200 == 0:
            say(f"{writer.images} images, {writer.releases} releases")
    for chart in charts:
        if f"charts/{chart.name}" in taken:
            say(f"the chart {chart.name} is there already")
            continue
        writer.chart(chart)
    writer.finish()


@transaction.atomic
def undo(*, say: Say) -> int:
    """Take back what was loaded last: its images, charts and all that hangs on them; how many of them.

    Raises NothingLoaded. Packages that others hold stay.
    """
    names = _last_loaded()
    repositories = Repository.objects.of_platform().filter(name__in=names)
    ids = list(repositories.values_list("pk", flat=True))
    for start in range(0, len(ids), 200):
        _remove(ids[start : start + 200])
        say(f"{min(start + 200, len(ids))} of {len(ids)} taken back")
    PackageVersion.objects.filter(spans=None).delete()
    Package.objects.filter(versions=None).delete()
    audit.record(tenant=None, actor=ACTOR, verb=TAKEN_BACK, object="catalogue", data={"repositories": names})
    return len(ids)


def _last_loaded() -> list[str]:
    loaded: list[list[str]] = []
    entries = AuditEntry.objects.filter(chain=audit.PLATFORM, verb__in=[LOADED, TAKEN_BACK])
    for verb, data in entries.order_by("sequence").values_list("verb", "data"):
        if verb == LOADED:
            loaded.append(data["repositories"])
        else:
            loaded.pop()
    if not loaded:
        raise NothingLoaded
    return loaded[-1]


def _remove(repositories: Collection[int]) -> None:
    """Rows of these repositories, what protects others first."""
    of_these = {"repository__in": repositories}
    digests = list(Release.objects.filter(**of_these).values_list("digest", flat=True))
    manifests = set(RepositoryManifest.objects.filter(**of_these).values_list("manifest_id", flat=True))
    Image.objects.filter(**of_these).update(newest=None)
    for model in (TagEvent, Tag, RepositoryManifest):
        rows = model.objects.filter(**of_these)
        rows._raw_delete(rows.db)  # noqa: SLF001  nothing hangs on these, so nothing need be fetched
    Chart.objects.filter(**of_these).delete()
    Image.objects.filter(**of_these).delete()
    Release.objects.filter(digest__in=digests, **of_these).delete()
    Repository.objects.filter(pk__in=repositories).delete()
    Manifest.objects.filter(pk__in=manifests, repository_links=None).delete()


def _analyse() -> None:
    """Let the planner know the new sizes."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
