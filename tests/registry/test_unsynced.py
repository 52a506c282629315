"""Which commits wait for the disk, on SQLite: all but those of uploads."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from registry import statements
from registry.door import manifests
from registry.unsynced import unsynced
from tests.registry.wire import image

NORMAL, FULL = 1, 2
pytestmark = pytest.mark.django_db(transaction=True)


def level() -> int:
    connection.ensure_connection()
    return connection.connection.execute("PRAGMA synchronous").fetchone()[0]


@unsynced()
def fail_after(seen: list[int]) -> None:
    seen.append(level())
    raise ZeroDivisionError


def test_it_lasts_as_long_as_the_block_whatever_happens_there():
    seen = [level()]
    with pytest.raises(ZeroDivisionError):
        fail_after(seen)
    assert [*seen, level()] == [FULL, NORMAL, FULL]


def test_within_a_transaction_it_is_left_to_that():
    with transaction.atomic(), unsynced():
        assert level() == FULL


def test_a_manifest_waits_for_the_disk_and_the_steps_before_it_do_not(ours, monkeypatch):
    seen = []

    def watched(what: str, does):
        return lambda *given, **named: (seen.append((what, level())), does(*given, **named))[1]

    monkeypatch.setattr(statements, "take_turn", watched("chunk", statements.take_turn))
    monkeypatch.setattr(statements, "link_blob", watched("blob", statements.link_blob))
    monkeypatch.setattr(manifests.push, "put_manifest", watched("manifest", manifests.push.put_manifest))
    ours("PATCH", ours("POST", "/v2/app/blobs/uploads/").headers["location"], b"abc")
    for blob in (b"{}", b"layer"):
        ours.blob("app", blob)
    assert ours.manifest("app", "1", image()).status == 201
    assert seen == [("chunk", NORMAL), ("blob", NORMAL), ("blob", NORMAL), ("manifest", FULL)]
    assert level() == FULL
