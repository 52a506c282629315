"""`Warning: 299`: a client hears of an end of life and of a withdrawal, and of nothing else."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from registry import grants, tags
from registry.errors import ManifestUnknown
from registry.tags import Follows, end_stream
from registry.withdraw import reinstate, withdraw
from tests.registry.wire import image, sha256

DIGEST = sha256(image(b"layer"))
ENDS = date(2026, 8, 22)


@pytest.fixture
def python(acme, shelf):
    grants.grant(tenant=acme, repository=shelf.repository, name="python")
    manifest = shelf.image(b"layer")
    for name in ("3.8", "3.8-202608221000"):
        tags.move(
            repository=shelf.repository, name=name, manifest=manifest, actor="publish",
            follows=Follows("3.8", ENDS),
        )  # fmt: skip
    tags.move(repository=shelf.repository, name="free", manifest=manifest, actor="publish")
    return shelf.repository


def warning(wire, reference: str, method: str = "GET") -> str | None:
    answer = wire(method, f"/v2/python/manifests/{reference}")
    assert answer.status == 200
    return answer.headers.get("warning")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_tag_at_its_end_of_life_warns_and_is_served(ours, python, method):
    with time_machine.travel("2026-08-21T23:59:00Z"):
        assert warning(ours, "3.8", method) is None
    with time_machine.travel("2026-08-22T00:00:30Z"):
        for name in ("3.8", "3.8-202608221000"):
            expected = f'299 - "{name} reached its end of life on 2026-08-22; it gets no more fixes"'
            assert warning(ours, name, method) == expected
        assert warning(ours, "free", method) is None
        assert warning(ours, DIGEST, method) is None, "a digest follows nothing"


def test_the_end_of_a_stream_can_be_moved_and_taken_back(ours, python):
    with time_machine.travel("2026-09-01T00:00:00Z"):
        end_stream(repository=python, stream="3.8", ends_on=date(2027, 1, 1))
        assert warning(ours, "3.8") is None
        end_stream(repository=python, stream="3.8", ends_on=date(2026, 8, 30))
        assert "2026-08-30" in warning(ours, "3.8")
        end_stream(repository=python, stream="3.8", ends_on=None)
        assert warning(ours, "3.8-202608221000") is None


def test_a_withdrawn_digest_warns_by_tag_and_by_digest(ours, python):
    withdraw(repository=python, digest=DIGEST, reason="signed with a leaked key", actor="tests")
    for reference in ("free", DIGEST):
        assert warning(ours, reference) == f'299 - "{DIGEST[:19]} was withdrawn: signed with a leaked key"'
    reinstate(repository=python, digest=DIGEST, actor="tests")
    assert warning(ours, "free") is None


def test_a_tag_that_moves_on_leaves_the_warning_behind(ours, python, shelf):
    withdraw(repository=python, digest=DIGEST, reason="bad", actor="tests")
    shelf.image(b"better", "free")
    assert warning(ours, "free") is None


def test_a_reason_cannot_break_out_of_the_header(ours, python):
    withdraw(
        repository=python, digest=DIGEST, reason='a "b"\\c\r\nSet-Cookie: x=1 \N{SNOWMAN}', actor="tests"
    )
    answer = ours("GET", "/v2/python/manifests/free")
    assert answer.headers["warning"].endswith('a \\"b\\"\\\\c?Set-Cookie: x=1 ?"')
    assert "set-cookie" not in answer.headers


def test_only_what_is_there_is_withdrawn(python):
    with pytest.raises(ManifestUnknown):
        withdraw(repository=python, digest="sha256:" + "0" * 64, reason="x", actor="tests")
