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


@pytest.fixture(params=sorted(definitions()))
def definition(request: pytest.FixtureRequest) -> Definition:
    return definitions()[request.param]


def test_a_definition_breaks_no_rule_and_does_not_run_as_root(definition: Definition) -> None:
    spec = Spec.from_json(definition.spec)
    assert validate(spec) == []
    assert spec.user not in (None, "root", "0")


def test_a_definition_says_what_must_hold_of_its_image(definition: Definition) -> None:
    tests = TestSpec.from_json(definition.tests)
    assert tests.no_shell or "dash" in definition.spec["packages"]
    assert tests.commands or tests.probes or tests.files


def test_a_definition_has_its_place_in_the_catalogue(definition: Definition) -> None:
    assert definition.category in Image.Category.values
    assert any("latest" in stream.tags for stream in definition.streams)
    assert all(stream.name not in stream.aliases for stream in definition.streams)
