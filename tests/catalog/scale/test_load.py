"""A whole catalogue in bulk, and away with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from builds.engine.formats import format_of
from catalog.models import Chart, Image, Package, PackageSpan, PackageVersion, Release
from catalog.scale import load, synthetic
from catalog.scale.shared import SharedData
from registry.models import Manifest, Repository, Tag
from registry.visibility import find
from tests.catalog import world
from tests.servers.databases import postgres
from tests.servers.running import ROOT
from tests.shared import shared

SMALL = synthetic.Size(images=4, releases=30, packages=24)
ARGUMENTS = ("synthetic", "--images=4", "--releases=30", "--packages=24")
CODE = f"""
import django; django.setup()
from django.core.management import call_command
from tenants.scope import platform_wide
with platform_wide():
    call_command("migrate", verbosity=0)
    call_command("scale", *{ARGUMENTS!r})
    from tests.catalog import world
    print(world.image().pk)
    call_command("scale", "undo")
"""


def key_of(ecosystem: str, version: str) -> bytes:
    return format_of(ecosystem).version_key(version)


def loaded(**more: object) -> load.Loaded:
    return load.load(images=synthetic.images(SMALL), key_of=key_of, say=lambda _: None, **more)


def test_a_made_up_catalogue_has_the_size_that_was_asked_for(acme):
    found = loaded()
    assert (found.images, found.releases) == (4, 30)
    assert Image.objects.count() == 4
    assert Release.objects.count() == 30
    assert {release.package_links.count() for release in Release.objects.all()} == {24}
    assert PackageSpan.objects.count() == found.spans < 30 * 24


def test_every_release_holds_what_was_made_for_it(acme):
    loaded()
    for made in synthetic.images(SMALL):
        for stream in made.streams:
            for one in stream.releases:
                release = Release.objects.get(
                    repository__name=made.name, stream__name=stream.name, published_at=one.published_at
                )
                links = release.package_links.values_list("version__package__name", "version__version")
                assert set(links) == {(held.name, held.version) for held in one.holds}


def test_what_is_free_and_the_first_images_are_entitled_and_shown(acme, alice):
    loaded(entitled=2)
    names = set(acme.grants.values_list("name", flat=True))
    assert names == set(Image.objects.order_by("pk")[:2].values_list("name", flat=True))
    image = Image.objects.order_by("pk")[0]
    view = find(tenant=acme, name=image.name)
    assert view.tag("latest").digest == image.newest.digest
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    page = client.get("/images/").content.decode()
    assert f"/images/{image.name}/" in page
    assert "Signed: key" in page
    assert client.get(f"/images/{image.name}/?tab=packages").content.decode().count("<tr>") == 25


def test_a_database_with_a_catalogue_is_refused_unless_told(acme):
    world.image()
    with pytest.raises(load.CatalogueInUse):
        loaded()
    assert Image.objects.count() == 1
    loaded(beside=True)
    assert Image.objects.count() == 5


def test_the_command_refuses_with_the_way_on(acme):
    world.image()
    with pytest.raises(CommandError, match=r"catalogue of 1 images already\. Say --beside"):
        call_command("scale", *ARGUMENTS)


@pytest.mark.parametrize("arguments", [("synthetic", "--releases=1"), ("shared", "/nowhere"), ("undo",)])
def test_what_cannot_be_done_is_a_sentence(db, arguments):
    with pytest.raises(CommandError, match=r"needed|not there|No catalogue was loaded"):
        call_command("scale", *arguments)


def test_what_was_loaded_is_taken_back_and_nothing_else(acme):
    image = world.image()
    release = world.released(image.streams.get())
    kept = [model.objects.count() for model in (Repository, Tag, Manifest, Release, PackageVersion)]
    loaded(beside=True, entitled=1)
    assert load.undo(say=lambda _: None) == 4
    assert [model.objects.count() for model in (Repository, Tag, Manifest, Release, PackageVersion)] == kept
    assert Image.objects.get().newest == release
    assert not PackageSpan.objects.exists()
    assert set(acme.grants.values_list("name", flat=True)) == {"python"}
    with pytest.raises(load.NothingLoaded):
        load.undo(say=lambda _: None)


def test_loads_are_taken_back_one_by_one(acme):
    loaded()
    load.load(
        images=synthetic.images(synthetic.Size(5, 30, 24)), key_of=key_of, say=lambda _: None, beside=True
    )
    assert Image.objects.count() == 5
    assert load.undo(say=lambda _: None) == 1
    assert load.undo(say=lambda _: None) == 4
    assert not Image.objects.exists()


def test_a_load_that_breaks_off_leaves_nothing(acme):
    def broken():
        yield from list(synthetic.images(SMALL))[:2]
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        load.load(images=broken(), key_of=key_of, say=lambda _: None)
    assert not Image.objects.exists()
    assert not Repository.objects.exists()


def test_public_data_is_loaded_whole(acme):
    data = SharedData(shared("catalogue/images.jsonl.gz").parents[1])
    found = load.load(
        images=data.images(),
        charts=data.charts(),
        packages=data.packages(),
        key_of=key_of,
        say=lambda _: None,
    )
    assert (found.images, found.chart_versions, Chart.objects.count()) == (473, 11_778, 39)
    assert found.tags > 14_000
    assert Package.objects.filter(ecosystem="apk").count() > 10_000


def test_postgresql_is_loaded_and_emptied_likewise(tmp_path: Path):
    with postgres() as url:
        environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        environ |= {"ASSAY_VAR": str(tmp_path / "var"), "SECRET_KEY": "a key for tests only"}
        done = subprocess.run(
            [sys.executable, "-c", CODE], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    first, offered, *_, last = done.stdout.splitlines()
    assert first.startswith("loaded 4 images, 30 releases")
    assert offered == "5"  # a later row gets an id of its own
    assert last.startswith("4 repositories taken back")
