"""Read the charts that tenants pushed with helm, so that they have a page like those that were imported.

Their bytes are served as they came, whatever is found here. Not in charge of the push (`registry.door`).
"""

from __future__ import annotations

import logging
from itertools import islice

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.charts import store
from catalog.charts.archive import read_archive
from catalog.charts.locking import images_for
from catalog.charts.offered import PREFIX
from catalog.charts.package import CONFIG_TYPE
from catalog.charts.places import Place
from catalog.charts.reading import archive_of
from catalog.charts.refusals import ChartRefused
from catalog.models import Chart, ChartVersion
from registry.models import Tag
from registry.names import subject_of_companion

_LOG = logging.getLogger(__name__)
#: Read at once; the rest at the next tick.
MOST = 20


def read_pushed() -> list[ChartVersion]:
    """Write down what is in versions that are new; one that cannot be read is written down with its trouble."""
    known = ChartVersion.objects.filter(
        chart__repository=OuterRef("repository"), digest=OuterRef("manifest__digest")
    )
    waiting = (
        Tag.objects.filter(
            repository__tenant__isnull=False,
            repository__is_staging=False,
            repository__name__startswith=PREFIX,
            manifest__artifact_type=CONFIG_TYPE,
        )
        .exclude(Exists(known))
        .select_related("manifest", "repository__tenant")
        .order_by("pk")
    )
    charts = (tag for tag in waiting.iterator() if not subject_of_companion(tag.name))
    return [_written(tag) for tag in list(islice(charts, MOST))]


def _written(tag: Tag) -> ChartVersion:
    """One that nobody foresaw holds up no other: it is written down as such, and not tried again."""
    try:
        return _read(tag)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble
    except Exception:  # noqa: BLE001 whatever it is, others wait
        _LOG.exception("%s:%s could not be read", tag.repository, tag.name)
        return _unread(tag, "chart-fault: It could not be read here; it is served as it came.")


@transaction.atomic
def _read(tag: Tag) -> ChartVersion:
    repository, (chart, name, version) = tag.repository, _place(tag)
    try:
        packaged = read_archive(archive_of(repository, tag.manifest))
        if (packaged.name, packaged.version) != (name, version):
            raise ChartRefused(
                "chart-name", f"It was pushed as {name} {version}, and names itself otherwise."
            )
        written = store.write_down(chart, packaged, tag.manifest.digest)
    except ChartRefused as refused:
        return _unread(tag, f"{refused.code}: {refused}"[:300])
    places = [Place.from_json(one) for one in written.places]
    if repository.tenant is not None:
        written.deploys.set(images_for(tenant=repository.tenant, places=places).values())
    Chart.objects.filter(pk=chart.pk).update(summary=str(packaged.metadata.get("description", ""))[:300])
    return written


def _place(tag: Tag) -> tuple[Chart, str, str]:
    """The chart, its name and the version that it was pushed as, of which nothing else is written down."""
    name = tag.repository.name.removeprefix(PREFIX)
    chart, _ = Chart.objects.get_or_create(repository=tag.repository, defaults={"name": name[:120]})
    version = tag.name.replace("_", "+")
    chart.versions.filter(version=version).delete()  # the tag was moved by another push
    return chart, name, version


@transaction.atomic
def _unread(tag: Tag, trouble: str) -> ChartVersion:
    chart, _, version = _place(tag)
    return ChartVersion.objects.create(
        chart=chart,
        version=version,
        digest=tag.manifest.digest,
        trouble=trouble,
        published_at=timezone.now(),
    )
