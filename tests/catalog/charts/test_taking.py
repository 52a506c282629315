"""Taking a tenant's own chart: by import or after a push, as one artifact that never changes."""

from __future__ import annotations

import pytest
import yaml
from django.db import OperationalError

from catalog import offer
from catalog.charts import offered, store, taking
from catalog.charts.archive import read_archive
from catalog.charts.pushed import read_pushed
from catalog.charts.refusals import ChartRefused
from catalog.charts.taking import take_chart
from catalog.models import Chart, ChartVersion
from registry import push, quota, visibility
from registry.errors import QuotaExceeded
from registry.models import Repository, Tag
from tenants.models import AuditEntry
from tests.catalog import world
from tests.catalog.charts.archives import CHART, VALUES, packed, sound


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


def newer(version: str, values: str = VALUES) -> bytes:
    return packed(sound(**{"shop/Chart.yaml": CHART.replace("1.2.3", version), "shop/values.yaml": values}))


def test_an_import_is_an_artifact_of_the_tenants_own(acme, alice):
    content = packed()
    version = take_chart(tenant=acme, content=content, actor=alice)
    view = visibility.find(tenant=acme, name="charts/shop")
    assert view.grant is None
    manifest = view.tag("1.2.3")
    assert manifest.digest == version.digest
    assert manifest.artifact_type == "application/vnd.cncf.helm.config.v1+json"
    (layer,) = yaml.safe_load(bytes(manifest.content))["layers"]
    assert view.blob(layer["digest"]).size == len(content)
    assert AuditEntry.objects.filter(verb="chart.imported", object="charts/shop 1.2.3").count() == 1


def test_what_it_deploys_is_found_in_the_catalogue(acme, alice):
    image = world.image("redis", is_free=False, stream="8.2")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    version = take_chart(tenant=acme, content=packed(), actor=alice)
    assert list(version.deploys.all()) == [image]
    assert [one.name for one in offered.that_deploy(tenant=acme, image=image)] == ["shop"]


def test_the_same_archive_again_changes_nothing(acme, alice):
    first = take_chart(tenant=acme, content=packed(), actor=alice)
    assert take_chart(tenant=acme, content=packed(), actor=alice) == first
    assert ChartVersion.objects.count() == 1


def test_a_version_never_becomes_another_archive(acme, alice):
    first = take_chart(tenant=acme, content=packed(), actor=alice)
    with pytest.raises(ChartRefused) as caught:
        take_chart(tenant=acme, content=newer("1.2.3", "other: 1\n"), actor=alice)
    assert caught.value.code == "chart-version-taken"
    assert visibility.find(tenant=acme, name="charts/shop").tag("1.2.3").digest == first.digest


def test_of_two_imports_at_once_the_second_is_told(acme, alice, monkeypatch):
    plain = store.store_blobs

    def meanwhile(repository, packaged):
        monkeypatch.setattr(taking.store, "store_blobs", plain)
        take_chart(tenant=acme, content=newer("1.2.3", "other: 1\n"), actor=alice)
        plain(repository, packaged)

    monkeypatch.setattr(taking.store, "store_blobs", meanwhile)
    with pytest.raises(ChartRefused, match="already"):
        take_chart(tenant=acme, content=packed(), actor=alice)
    assert ChartVersion.objects.get().values == "other: 1\n"


def test_a_newer_version_is_shown_first(acme, alice):
    take_chart(tenant=acme, content=packed(), actor=alice)
    take_chart(tenant=acme, content=newer("1.3.0+b.1"), actor=alice)
    assert [one.version for one in offered.find(tenant=acme, name="shop").versions] == ["1.3.0+b.1", "1.2.3"]
    assert Tag.objects.filter(name="1.3.0_b.1").exists()


def test_a_name_that_the_platform_gives_the_tenant_is_taken(acme, alice):
    chart = Chart.objects.create(name="shop", repository=Repository.objects.create(name="charts/shop"))
    offer.entitle(tenant=acme, chart=chart)
    with pytest.raises(ChartRefused) as caught:
        take_chart(tenant=acme, content=packed(), actor=alice)
    assert caught.value.code == "chart-name-taken"
    assert not Repository.objects.owned_by(acme.pk).exists()


def test_a_refused_archive_leaves_nothing(acme, alice):
    with pytest.raises(ChartRefused):
        take_chart(tenant=acme, content=newer("1.2"), actor=alice)
    assert not Repository.objects.owned_by(acme.pk).exists()
    assert not Chart.objects.exists()


def test_a_quota_holds_for_imports(acme, alice):
    quota.limit(tenant=acme, most_bytes=10)
    with pytest.raises(QuotaExceeded):
        take_chart(tenant=acme, content=packed(), actor=alice)
    assert not ChartVersion.objects.exists()


def test_another_tenant_sees_nothing_of_it(acme, globex, alice):
    take_chart(tenant=acme, content=packed(), actor=alice)
    assert offered.offered(globex) == []
    assert offered.find(tenant=globex, name="shop") is None


def pushed(tenant, content: bytes, name: str = "shop"):
    """As `helm push` leaves it."""
    packaged = read_archive(content)
    repository, _ = Repository.objects.get_or_create(
        tenant=tenant, name=f"charts/{name}", is_push_allowed=True
    )
    store.store_blobs(repository, packaged)
    store.put(repository, packaged, actor="tests", reason="")
    return repository


def test_a_chart_that_was_pushed_is_read_once(acme):
    pushed(acme, packed())
    (version,) = read_pushed()
    assert (version.chart.name, version.version, version.chart.summary) == ("shop", "1.2.3", "")
    assert offered.find(tenant=acme, name="shop").newest.app_version == "7"
    assert Chart.objects.get().summary == "A shop."
    assert read_pushed() == []


def test_a_version_that_is_pushed_over_is_read_again(acme):
    pushed(acme, packed())
    read_pushed()
    pushed(acme, newer("1.2.3", "other: 1\n"))
    read_pushed()
    assert ChartVersion.objects.get().values == "other: 1\n"


def test_one_that_cannot_be_read_says_why_and_is_not_tried_again(acme):
    pushed(acme, packed(), name="misnamed")
    (version,) = read_pushed()
    assert version.trouble.startswith("chart-name: ")
    assert read_pushed() == []


def test_what_is_no_chart_is_not_looked_at(acme):
    repository = Repository.objects.create(tenant=acme, name="charts/image", is_push_allowed=True)
    push.store_blob(repository=repository, chunks=[b"x"])
    world.pushed(repository, tag="1.0.0")
    assert read_pushed() == []


def tagged(repository: Repository, names: list[str]) -> None:
    """More tags of what was pushed last."""
    manifest = Tag.objects.get(repository=repository).manifest
    Tag.objects.bulk_create(Tag(repository=repository, name=name, manifest=manifest) for name in names)


def test_tags_that_are_no_versions_keep_nobody_waiting(acme, globex):
    tagged(pushed(globex, packed()), [f"sha256-{n:064x}.sig" for n in range(30)])
    first = pushed(acme, packed())
    assert [version.chart.repository.tenant for version in read_pushed()] == [globex, acme]
    assert first.chart.versions.count() == 1


def test_a_tag_that_is_longer_than_any_version_is_written_down(acme):
    repository = pushed(acme, packed())
    tagged(repository, ["1.2.3-" + "x" * 122])
    read_pushed()
    assert read_pushed() == []
    assert [len(one.version) for one in repository.chart.versions.exclude(trouble="")] == [128]


def test_a_fault_over_one_keeps_no_other_waiting(acme, globex, monkeypatch):
    pushed(globex, newer("6.6.6"))
    pushed(acme, packed())
    facts_of = store.facts_of

    def fails(packaged):
        if packaged.version == "6.6.6":
            raise ZeroDivisionError
        return facts_of(packaged)

    monkeypatch.setattr(store, "facts_of", fails)
    broken, sound_one = read_pushed()
    assert broken.trouble.startswith("chart-fault: ")
    assert (sound_one.trouble, read_pushed()) == ("", [])


def test_while_the_database_is_away_nothing_is_called_unreadable(acme, monkeypatch):
    pushed(acme, packed())

    def away(packaged):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(store, "facts_of", away)
        with pytest.raises(OperationalError):
            read_pushed()
    (version,) = read_pushed()
    assert version.trouble == ""
