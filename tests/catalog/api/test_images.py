"""Lists of images and releases by the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.api.shapes import StreamShape
from catalog.models import Release
from registry.models import Grant
from tests.catalog import world


@pytest.fixture
def python(acme):
    image = world.image()
    world.released(image.streams.get())
    return image


@pytest.fixture
def caller(alice):
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    return client


def test_a_stream_says_what_its_shape_declares(python, caller):
    [image] = caller.get("/api/v1/images/").json()["results"]
    assert list(image["streams"][0]) == list(StreamShape().fields)


def test_a_stream_before_its_first_release_names_none(acme, caller):
    world.image()
    [stream] = caller.get("/api/v1/images/python/").json()["streams"]
    assert (stream["tag"], stream["digest"], stream["version"], stream["published_at"]) == (
        "3.13",
        "",
        "",
        None,
    )


@pytest.mark.parametrize("path", ["images/", "images/python/"])
def test_a_newest_release_that_is_hidden_is_not_named(acme, python, caller, path):
    first = Release.objects.get()
    Grant.objects.of(acme.pk).update(tag_patterns=[first.unique_tag])
    assert first.digest in caller.get(f"/api/v1/{path}").text
    hidden = world.released(python.streams.get(), content=b"newer")
    told = caller.get(f"/api/v1/{path}").text
    assert '"tag":"3.13"' in told
    assert hidden.digest not in told


@pytest.mark.parametrize(
    ("path", "unread"),
    [
        (
            "images/",
            ("lock", "spec", "tests", "platforms", "test_summary", "description", "replaces", "words"),
        ),
        ("repositories/python/releases/", ("lock", "spec", "tests")),
    ],
)
def test_a_list_reads_no_more_than_it_says(python, caller, path, unread):
    with CaptureQueriesContext(connection) as asked:
        assert len(caller.get(f"/api/v1/{path}").json()["results"]) == 1
    read = [query["sql"].partition(" FROM ")[0] for query in asked if '"catalog_' in query["sql"]]
    assert any('"catalog_release"."digest"' in columns for columns in read)
    assert not [columns for columns in read if any(f'"."{name}"' in columns for name in unread)]


def test_what_is_hidden_of_a_page_is_asked_once(python, caller):
    with CaptureQueriesContext(connection) as asked:
        caller.get("/api/v1/images/")
    assert sum(' FROM "registry_grant"' in query["sql"] for query in asked) == 1
