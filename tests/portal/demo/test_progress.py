"""What the demo says about the catalogue, from rows."""

import pytest

from portal.demo.progress import Progress
from tests.catalog import world

pytestmark = pytest.mark.django_db
COMPLETE = "the starter catalogue is complete"


def test_a_whole_catalogue_is_said_once_also_by_a_second_start():
    world.released(world.image().streams.get())
    progress = Progress()
    assert list(progress.news()) == [COMPLETE]
    assert list(progress.news()) == []


def test_a_catalogue_with_an_image_to_come_is_not_called_whole():
    world.released(world.image().streams.get())
    waiting = world.image("redis", stream="8")
    progress = Progress()
    assert list(progress.news()) == []
    world.released(waiting.streams.get())
    assert list(progress.news()) == [COMPLETE]
