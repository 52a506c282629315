"""For whom tests work: for the platform, as its command line does; what they send is answered as by a server.

A server works for nobody until it has found out whom it is asked for. What forgets to say so is shown no row by
PostgreSQL (`tenants.wall`), so that running the tests there (`make test-postgres`) finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test.client import ClientHandler

from tenants import scope

P, R = ParamSpec("P"), TypeVar("R")


def for_nobody(answer: Callable[P, R]) -> Callable[P, R]:
    """`answer`, called as a server does."""

    @wraps(answer)
    def asked(*given: P.args, **named: P.kwargs) -> R:
        token = scope._active.set(None)
        try:
            return answer(*given, **named)
        finally:
            scope._active.reset(token)

    return asked


@contextmanager
def one_connection() -> Iterator[None]:
    """As Django's own test client: requests share the test's transaction, so none may end its connection."""
    # One request may be sent during another.
    signals = [each for each in (request_started, request_finished) if each.disconnect(close_old_connections)]
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture(scope="session", autouse=True)
def _answered_as_by_a_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ClientHandler, "__call__", for_nobody(ClientHandler.__call__))
        yield


@pytest.fixture(autouse=True)
def _working_for_the_platform() -> Iterator[None]:
    with scope.platform_wide():
        yield
