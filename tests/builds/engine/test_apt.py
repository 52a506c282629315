"""The resolver against the real apt: the same packages at the same versions, or a reason that is written down."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from builds.engine.errors import EngineError
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot
from tests.builds.engine import pairs
from tests.builds.engine.apt import Apt, both
from tests.builds.engine.real import SUITE
from tests.builds.engine.requests import REQUESTS, SMALLER, TRANSITIONAL
from tests.builds.trust import need

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("real"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def sides() -> tuple[Snapshot, Apt]:
    need("/usr/bin/apt-get", "apt")
    try:
        return both(SUITE)
    except EngineError as error:
        pytest.skip(f"no Debian archive: {error}")


def test_forty_requests_get_apts_answer(sides: tuple[Snapshot, Apt]) -> None:
    snapshot, apt = sides
    assert len(REQUESTS) >= 40
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda request: apt.install(*request.split()), REQUESTS)
    differing = {}
    for request, theirs in zip(REQUESTS, answers, strict=True):
        found = resolve(snapshot, architecture="amd64", packages=request.split())
        ours = {package.name: package.version for package in found}
        assert theirs, f"apt cannot install {request}"
        more = set(theirs.items()) - set(ours.items())
        less = set(ours.items()) - set(theirs.items())
        if less or (request not in SMALLER and {name for name, _ in more} - TRANSITIONAL):
            differing[request] = sorted(more | less)
    assert differing == {}
    assert len(set(REQUESTS) - set(SMALLER)) >= 40


def test_apt_and_we_refuse_the_same_conflict(sides: tuple[Snapshot, Apt]) -> None:
    snapshot, apt = sides
    assert apt.install("postfix", "exim4-daemon-light") is None
    with pytest.raises(EngineError, match="postfix"):
        resolve(snapshot, architecture="amd64", packages=["postfix", "exim4-daemon-light"])


def test_random_pairs_are_solved_or_refused_by_name(sides: tuple[Snapshot, Apt]) -> None:
    tally = pairs.solve_pairs(sides[0], count=40, chance=random.Random(20260822))
    assert tally.solved + tally.refused == 40
    assert tally.solved > 20
