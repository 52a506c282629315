"""Take a tenant's own chart: check its archive, store it byte for byte as an OCI artifact, write down what it holds.

Not in charge of who may (`tenants.roles`), nor of reading archives (`catalog.charts.archive`).
"""

from __future__ import annotations

from django.db import transaction

from catalog.charts import store
from catalog.charts.archive import read_archive
from catalog.charts.locking import images_for
from catalog.charts.offered import PREFIX
from catalog.charts.package import PackagedChart
from catalog.charts.places import Place
from catalog.charts.refusals import ChartRefused
from catalog.models import Chart, ChartVersion
from registry import repositories
from registry.errors import Denied
from registry.models import Repository, Tag
from tenants import audit
from tenants.models import Tenant, User


def take_chart(*, tenant: Tenant, content: bytes, actor: User, address: str = "") -> ChartVersion:
    """The version that an archive is, now in `charts/<name>` of `tenant`; the same archive again changes nothing.

    Raises ChartRefused, and QuotaExceeded, StorageFull or StoreUnavailable of the registry.
    """
    packaged = read_archive(content)
    facts = store.facts_of(packaged)
    repository = _repository(tenant, packaged)
    _refuse_other(repository, packaged)
    store.store_blobs(repository, packaged)
    with transaction.atomic():
        repository.lock()
        if (known := _known(repository, packaged)) is not None:
            return known
        _refuse_other(repository, packaged)
        manifest = store.put(repository, packaged, actor=str(actor), reason="chart imported")
        version = _write_down(repository, packaged, manifest.digest)
        places = [Place.from_json(one) for one in facts["places"]]
        version.deploys.set(images_for(tenant=tenant, places=places).values())
        audit.record(
            tenant=tenant,
            actor=actor,
            verb="chart.imported",
            object=f"{repository.name} {version.version}",
            address=address,
            data={"digest": version.digest},
        )
    return version


def _repository(tenant: Tenant, packaged: PackagedChart) -> Repository:
    name = f"{PREFIX}{packaged.name}"
    found = Repository.objects.owned_by(tenant.pk).filter(name=name).first()
    if found is not None:
        return found
    try:
        repositories.refuse_name(tenant, name)
    except Denied as refused:
        sentence = f"The platform gives you a chart called {packaged.name}; yours needs another name."
        raise ChartRefused("chart-name-taken", sentence) from refused
    return repositories.made(tenant, name)


def _refuse_other(repository: Repository, packaged: PackagedChart) -> None:
    """A version is one archive for ever: helm and its users keep what they have pulled."""
    tag = Tag.objects.filter(repository=repository, name=store.tag_of(packaged.version)).select_related(
        "manifest"
    )
    if (found := tag.first()) is not None and found.manifest.digest != store.digest_of(packaged):
        sentence = (
            f"You have another {packaged.name} {packaged.version} already; give this one a new version."
        )
        raise ChartRefused("chart-version-taken", sentence)


def _known(repository: Repository, packaged: PackagedChart) -> ChartVersion | None:
    digest = store.digest_of(packaged)
    return ChartVersion.objects.filter(
        chart__repository=repository, version=packaged.version, digest=digest
    ).first()


def _write_down(repository: Repository, packaged: PackagedChart, digest: str) -> ChartVersion:
    summary = str(packaged.metadata.get("description", ""))[:300]
    chart, _ = Chart.objects.update_or_create(
        repository=repository, defaults={"name": packaged.name, "summary": summary}
    )
    # A version that was deleted from the repository may come again as something else.
    chart.versions.filter(version=packaged.version).delete()
    return store.write_down(chart, packaged, digest)
