"""Words that were to be appended to the base's command must stand at its end."""

from __future__ import annotations

import pytest

from builds.models import Build
from builds.sign import sign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("built_as", "state"),
    [
        (["serve", "-v"], Build.State.SUCCEEDED),
        (["serve"], Build.State.FAILED),
        (["-v", "serve"], Build.State.FAILED),
    ],
)
def test_a_command_without_the_appended_words_is_not_signed(built, built_as, state):
    build = built(Cmd=built_as)
    build.spec["cmd_append"] = ["-v"]
    build.save()
    assert sign(build_id=build.id).state == state
