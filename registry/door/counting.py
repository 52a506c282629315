"""Wrong credentials that came with a request, counted by where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from registry import throttle
from registry.errors import WrongCredentials


@contextmanager
def counted(request: HttpRequest) -> Iterator[None]:
    """Raises TooManyFailures in place of WrongCredentials once there were too many."""
    try:
        yield
    except WrongCredentials:
        throttle.note(str(request.META.get("REMOTE_ADDR", "")))
        raise
