"""What a page leaves behind is gone when it is answered."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished

from portal import tidy


class Left:
    """Refers to itself, as a request and its visitor do."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def tidied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a web process, but for what would last for all tests; nothing is collected by itself."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    tidy.start()
    gc.disable()
    yield
    gc.enable()
    request_finished.disconnect(sender=WSGIHandler, dispatch_uid="portal.tidy")


@pytest.mark.django_db
def test_what_a_page_left_is_gone_after_it(tidied):
    left = ref(Left())
    assert left() is not None
    request_finished.send(sender=WSGIHandler)
    assert left() is None


@pytest.mark.django_db
def test_a_pull_is_not_kept_up_by_it(tidied):
    left = ref(Left())
    request_finished.send(sender=None)
    assert left() is not None


def test_what_is_older_is_looked_through_more_rarely():
    pages = range(1, tidy.OLDEST + 1)
    asked = [tidy.generation(page) for page in pages]
    assert asked.count(2) == 1
    assert asked.count(1) == tidy.OLDEST // tidy.OLDER - 1
    assert asked[:16] == [0] * 15 + [1]
