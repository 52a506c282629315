"""The API takes every field of a customisation, also those that the wizard has no step for."""

from __future__ import annotations

from typing import Any

import pytest

from builds import solve
from builds.models import Build
from builds.order import spec_of
from catalog.models import VersionStream
from tenants.models import Tenant, User
from tests.builds.api.test_api import Caller
from tests.catalog import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def tools(index: str, acme: Tenant, globex: Tenant) -> VersionStream:
    stream = world.image("tools").streams.get()
    stream.spec = {**world.SPEC, "packages": ["curl", "git"]}
    stream.save()
    world.released(stream, lock=solve.solve(spec=spec_of(stream)).to_json())
    return stream


def test_a_preview_says_what_is_taken_away_and_what_could_be(
    bob: User, acme: Tenant, tools: VersionStream
) -> None:
    bobs = Caller(bob, acme)
    found = bobs.post("builds/preview/", {"base": "tools:3.13", "customisation": {"remove": ["git"]}}).json()
    assert found["is_buildable"]
    assert [package["name"] for package in found["removed"]] == ["git"]
    assert found["removable"] == ["curl"]
    refused = bobs.post(
        "builds/preview/", {"base": "tools:3.13", "customisation": {"remove": ["zlib1g"]}}
    ).json()
    assert not refused["is_buildable"]
    assert refused["errors"] == [
        {
            "field": "remove[0]",
            "code": "package-needed",
            "sentence": "zlib1g cannot be removed: git and libcurl4 need it.",
        }
    ]


def test_removals_and_appended_words_reach_the_order(
    bob: User, acme: Tenant, tools: VersionStream, sent: Any
) -> None:
    wish = {"remove": ["git"], "entrypoint_append": ["--quiet"], "cmd_append": [" x "]}
    answer = Caller(bob, acme).post("builds/", {"name": "thin", "base": "tools:3.13", "customisation": wish})
    assert answer.status_code == 202
    spec = Build.objects.get().spec
    assert {key: spec[key] for key in wish} == wish
