"""Wrong credentials on a real server with two web processes: they count together."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry import throttle
from tests.conformance.server import Portal
from tests.registry.wire import basic

pytestmark = pytest.mark.xdist_group("throttle-together")
GUESSES = 2 * throttle.MOST


def counts() -> list[int]:
    """What is counted in each minute; runs in a process of the portal."""
    from registry.models import Failures

    return list(Failures.objects.values_list("count", flat=True))


def test_two_web_processes_count_together():
    with Portal(workers=2) as portal:

        def guess(_: int) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
            headers = {"Host": portal.host_of("acme"), "Authorization": basic("a guess")}
            connection.request("GET", "/v2/", headers=headers)
            status = connection.getresponse().status
            connection.close()
            return status

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(guess, range(GUESSES)))
        counted = portal.call("tests.registry.test_throttle_together:counts")
    assert set(answers) <= {401, 429}
    assert sum(counted) == answers.count(401), "what one process answered the other counted, too"
    assert max(counted) <= throttle.MOST + 4, "no process has a count of its own"
