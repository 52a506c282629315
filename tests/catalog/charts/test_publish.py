"""Publishing: when a chart gets a new version, what it pins, and who may pull it."""

from __future__ import annotations

import json

import pytest

from catalog import entitlements, free, offer
from catalog.charts.publish import publish_chart, publish_charts
from catalog.models import ChartVersion
from registry import visibility
from registry.models import Grant
from tests.catalog import world


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


@pytest.fixture
def nginx(db):
    return world.image("nginx", is_free=False, stream="1.28")


def test_nothing_is_published_before_its_image_is(nginx):
    assert publish_charts() == []
    assert not ChartVersion.objects.exists()


def test_the_newest_release_is_pinned_by_digest(nginx, acme):
    offer.entitle(tenant=acme, image=nginx)
    release = world.released(nginx.streams.get())
    (version,) = publish_charts()
    assert version.images == [{"image": "nginx", "tag": release.unique_tag, "digest": release.digest}]
    assert release.digest in version.values
    view = visibility.find(tenant=acme, name="charts/nginx")
    manifest = view.tag(version.version)
    assert manifest.digest == version.digest
    for layer in json.loads(bytes(manifest.content))["layers"]:
        assert view.blob(layer["digest"]).size == layer["size"]


def test_only_a_change_makes_a_new_version(nginx):
    world.released(nginx.streams.get())
    (first,) = publish_charts()
    assert publish_charts() == []
    newer = world.released(nginx.streams.get(), content=b"another layer")
    (second,) = publish_charts()
    assert (first.version, second.version) == ("0.1.1", "0.1.2")
    assert second.images[0]["digest"] == newer.digest
    assert first.digest != second.digest


def test_only_tenants_with_the_image_see_the_chart(nginx, acme, globex):
    offer.entitle(tenant=acme, image=nginx)
    world.released(nginx.streams.get())
    publish_charts()
    assert visibility.find(tenant=acme, name="charts/nginx") is not None
    assert visibility.find(tenant=globex, name="charts/nginx") is None


def test_a_tenant_entitled_later_gets_the_chart_at_once(nginx, acme):
    world.released(nginx.streams.get())
    publish_charts()
    offer.entitle(tenant=acme, image=nginx)
    assert visibility.find(tenant=acme, name="charts/nginx").tags() == ["0.1.1"]
    assert publish_charts() == []


def test_a_chart_of_two_images_comes_with_the_second_of_them(nginx, acme, tmp_path):
    source = tmp_path / "pair"
    source.mkdir()
    (source / "Chart.yaml").write_text("apiVersion: v2\nname: pair\nversion: 1.0.@revision@\n")
    (source / "values.yaml").write_text('web: "@digest:nginx@"\nstore: "@digest:redis@"\n')
    redis = world.image("redis", is_free=False, stream="8")
    for image in (nginx, redis):
        world.released(image.streams.get())
    assert publish_chart(source=source) is not None
    offer.entitle(tenant=acme, image=nginx)
    assert visibility.find(tenant=acme, name="charts/pair") is None
    offer.entitle(tenant=acme, image=redis)
    assert visibility.find(tenant=acme, name="charts/pair").tags() == ["1.0.1"]


@pytest.fixture
def taken(nginx, acme):
    """Acme has the image of a chart that was taken from it."""
    offer.entitle(tenant=acme, image=nginx)
    world.released(nginx.streams.get())
    publish_charts()
    assert visibility.find(tenant=acme, name="charts/nginx") is not None
    entitlements.change(tenant=acme, give=[], take=["charts/nginx"], actor="tests")
    return nginx


def is_shown(tenant) -> bool:
    return visibility.find(tenant=tenant, name="charts/nginx") is not None


def test_a_chart_that_was_taken_stays_taken_whatever_is_published(taken, acme, globex):
    for content in (b"newer", b"and newer"):
        world.released(taken.streams.get(), content=content)
        assert len(publish_charts()) == 1
        assert not is_shown(acme)
    assert publish_charts() == []
    assert not is_shown(acme)
    assert not is_shown(globex)


def test_a_chart_that_was_taken_stays_taken_whatever_else_is_given(taken, acme):
    offer.entitle(tenant=acme, image=taken)
    offer.entitle(tenant=acme, image=world.image("redis", is_free=False, stream="8"))
    world.image("nginx", is_free=True, stream="1.28")  # the catalogue is read again, and has it free for all
    assert not is_shown(acme)
    assert not acme.entitlements.filter(chart__isnull=False).exists()


def test_a_chart_that_was_taken_comes_back_by_name_or_with_an_image_that_comes_back(taken, acme):
    entry = entitlements.change(tenant=acme, give=["charts/nginx"], take=[], actor="tests")
    assert is_shown(acme)
    entitlements.undo(entry=entry, actor="tests")
    assert not is_shown(acme)
    entitlements.change(tenant=acme, give=[], take=["nginx"], actor="tests")
    again = entitlements.change(tenant=acme, give=["nginx"], take=[], actor="tests")
    assert again.data["added"] == ["charts/nginx", "nginx"]
    assert is_shown(acme)


def test_a_grant_that_was_put_on_hold_or_narrowed_stays_so(nginx, acme):
    offer.entitle(tenant=acme, image=nginx)
    world.released(nginx.streams.get())
    publish_charts()
    given = Grant.objects.of(acme.pk).filter(repository__name="charts/nginx")
    given.update(is_on_hold=True, tag_patterns=["0.1.1"])
    world.released(nginx.streams.get(), content=b"newer")
    publish_charts()
    offer.entitle(tenant=acme, image=nginx)
    assert not is_shown(acme)
    given.update(is_on_hold=False)
    assert visibility.find(tenant=acme, name="charts/nginx").tags() == ["0.1.1"]


def test_the_free_tier_keeps_what_was_taken_from_it(nginx, db):
    nginx = world.image("nginx", is_free=True, stream="1.28")
    world.released(nginx.streams.get())
    tier = free.open_tier(actor="tests")
    publish_charts()
    assert is_shown(tier)
    entitlements.change(tenant=tier, give=[], take=["charts/nginx"], actor="tests")
    world.released(nginx.streams.get(), content=b"newer")
    publish_charts()
    free.open_tier(actor="tests")
    assert not is_shown(tier)
