"""Texts are searched letter for letter, by an index where they begin with what is asked for."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import QuerySet

from catalog.models import Image, Package
from tenants.compiled import compiled
from tests.catalog import world

NAMES = ("lib_ssl", "libassl", "lib", "Lib", "li", "libß", "lic", "lib%")


@compiled
def beginning(text: str) -> QuerySet[Package, str]:
    return Package.objects.filter(name__begins=text).values_list("name", flat=True)


@compiled
def holding(text: str) -> QuerySet[Image]:
    return Image.objects.filter(words__holds=text)


@pytest.fixture
def packages(db) -> None:
    for name in NAMES:
        Package.objects.create(ecosystem="deb", name=name)


@pytest.mark.parametrize("begins", ["lib", "lib_", "lib%", "l", "lic", "libß", "x"])
def test_a_name_is_found_by_its_beginning(packages, begins):
    found = Package.objects.filter(name__begins=begins).values_list("name", flat=True)
    assert sorted(found) == sorted(name for name in NAMES if name.startswith(begins))
    assert sorted(beginning(begins)) == sorted(found)


@pytest.mark.parametrize("holds", ["3.1", "%", "3_", "\\", "ß", "'", "x"])
def test_a_text_is_found_by_what_it_holds(acme, holds):
    image = world.image()
    text = "python 3.13 100% ß\\'"
    Image.objects.filter(pk=image.pk).update(words=text)
    assert Image.objects.filter(words__holds=holds).exists() == (holds in text)
    assert bool(holding(holds)) == (holds in text)


def test_a_beginning_is_looked_up_in_an_index(packages):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
    assert "packages_by_name" in Package.objects.filter(name__begins="lib").explain()


def test_a_list_reads_an_index_alone(acme):
    world.image()
    rows = Image.objects.order_by("name").values_list(
        "repository_id", "said", "ends_on", "is_listed", "is_free"
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        assert "Index Only Scan using facts_of_images" in rows.explain()
    else:
        assert "COVERING INDEX facts_of_images" in rows.explain()
