"""The API takes every field of a customisation, also those that the wizard has no step for."""

from __future__ import annotations

from typing import Any

import pytest

from builds.models import Build
from catalog.models import VersionStream
from tenants.models import Tenant, User
from tests.builds.api.caller import Caller

pytestmark = pytest.mark.django_db


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
