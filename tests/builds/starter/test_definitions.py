"""The starter images' definitions, all of them read as the engine, the sandbox and the catalogue read them."""

from __future__ import annotations

import pytest

from builds.engine.sandbox import TestSpec
from builds.engine.spec import Spec, validate
from builds.starter.definitions import Definition, definitions
from catalog.models import Image

WANTED = {"static", "base", "python", "nginx", "redis", "node", "openjdk-jre", "postgres"}


def test_the_starter_catalogue_has_the_images_people_begin_with() -> None:
    assert set(definitions()) >= WANTED


def test_at_least_54_images_are_free() -> None:
    assert sum(one.is_free for one in definitions().values()) >= 54


def test_of_what_people_begin_with_some_is_free_and_some_is_to_be_asked_for() -> None:
    """So that the free tier of a demo is not empty, and a tenant has something to ask for."""
    first = [one for name, one in definitions().items() if name in WANTED]
    assert {one.is_free for one in first} == {True, False}
    assert all(one.is_listed for one in first)


@pytest.fixture(params=sorted(definitions()))
def definition(request: pytest.FixtureRequest) -> Definition:
    return definitions()[request.param]


def test_a_definition_breaks_no_rule_and_does_not_run_as_root(definition: Definition) -> None:
    for stream in definition.streams:
        spec = Spec.from_json(stream.spec)
        assert validate(spec) == []
        assert spec.user not in (None, "root", "0")


def test_a_definition_says_what_must_hold_of_its_image_and_why_it_has_a_shell(definition: Definition) -> None:
    for stream in definition.streams:
        tests = TestSpec.from_json(stream.tests)
        assert tests.no_shell != bool(definition.shell)
        assert tests.commands or tests.probes or tests.files
        assert tests.starts or tests.commands or definition.name == "static"


def test_a_definition_has_its_place_in_the_catalogue(definition: Definition) -> None:
    assert definition.category in Image.Category.values
    assert definition.homepage.startswith(("https://", "http://")) or definition.name in {"base", "static"}
    assert any("latest" in stream.tags for stream in definition.streams)
    assert all(stream.name not in stream.aliases for stream in definition.streams)
    tags = [tag for stream in definition.streams for tag in stream.tags]
    assert len(tags) == len(set(tags)), "two streams would move one tag"


def test_a_stream_differs_only_where_it_says_so() -> None:
    first, second = definitions()["openjdk-jdk"].streams
    assert second.spec["packages"] != first.spec["packages"]
    assert {**second.spec, "packages": 0} == {**first.spec, "packages": 0}
    assert second.tests["no_shell"] is first.tests["no_shell"] is True
