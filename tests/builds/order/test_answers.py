"""The wizard's answers keep what an order through the API said."""

from __future__ import annotations

import pytest

from builds.pages.answers import of_revision
from builds.recipes import revise

pytestmark = pytest.mark.django_db

SAID = {
    "packages": ["curl"],
    "remove": ["libc6"],
    "entrypoint": [],
    "cmd": ["/usr/bin/curl"],
    "ports": ["8080"],
    "volumes": ["/data"],
    "stop_signal": "SIGINT",
    "users": [{"name": "app", "uid": 1000}],
}


def test_an_edit_in_the_wizard_loses_nothing(python, acme, sent) -> None:
    revision = revise(tenant=acme, name="keeper", base=python, customisation=SAID, author="alice")
    wanted, errors = of_revision(revision, "python:3.13").customisation()
    assert (wanted, errors) == (SAID, [])
