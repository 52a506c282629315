"""The pull audit: batches, what happens to them when a process is killed, and when the database refuses."""

from __future__ import annotations

import sqlite3
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.db import OperationalError

from registry import pulls
from registry.models import Pull, Repository
from tests.conformance.server import Portal


@pytest.fixture
def writer(monkeypatch):
    """As in a server, but batches are written when the test says so."""
    monkeypatch.setattr(pulls, "_writer", object())
    yield
    pulls._waiting.clear()


def pulled(repository: int, tag: str) -> pulls.Pulled:
    return pulls.Pulled(tenant_id=None, repository_id=repository, digest="sha256:x", tag=tag, actor="a")


def record(repository: int, *names: str) -> None:
    for name in names:
        pulls.record(pulled(repository, name), client="c", address="::1")


def tags() -> list[str]:
    return list(Pull.objects.order_by("pk").values_list("tag", flat=True))


def test_a_batch_waits_and_is_written_in_order(shelf, writer):
    record(shelf.repository.pk, "1", "2", "3")
    assert tags() == []
    pulls.flush()
    assert tags() == ["1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_repository_is_gone_takes_no_other_with_it(writer):
    kept = Repository.objects.create(name="kept")
    for number in range(7):
        record(kept.pk if number != 4 else 987_654, str(number))
    pulls.flush()
    assert tags() == ["0", "1", "2", "3", "5", "6"]


def test_rows_wait_while_the_database_refuses(shelf, writer, monkeypatch, caplog):
    record(shelf.repository.pk, "1", "2")
    with monkeypatch.context() as patch:
        patch.setattr(pulls, "_insert", _refuse)
        pulls.flush()
    record(shelf.repository.pk, "3")
    assert "2 rows; 0 dropped" in caplog.text
    pulls.flush()
    assert tags() == ["1", "2", "3"]


def test_what_waits_is_bounded_and_the_log_says_what_was_dropped(shelf, writer, monkeypatch, caplog):
    monkeypatch.setattr(pulls, "MOST_WAITING", 2)
    monkeypatch.setattr(pulls, "_insert", _refuse)
    record(shelf.repository.pk, "1", "2", "3")  # the third is one too many, and tries to write them
    assert "2 rows; 1 dropped" in caplog.text
    monkeypatch.undo()
    pulls.flush()
    assert tags() == ["2", "3"]


def _refuse(batch):
    raise OperationalError("database is locked")


@pytest.fixture(scope="module")
def killed():
    """Two web processes, pulls through each, and then `kill -9`: what was pulled, and when they were killed."""
    with Portal(workers=2) as portal:
        found = portal.call("tests.conformance.stock:released_to_acme")
        sent = [pull(portal, found["tags"][0], number) for number in range(40)]
        time.sleep(1)  # what may be lost is younger
        pull(portal, found["tags"][0], 40)
        portal.kill()
        yield sent, found, rows(portal.var / "assay.sqlite3")


def pull(portal: Portal, tag: str, number: int) -> str:
    """One GET and one HEAD on a connection of its own, so that every process gets some; gives its client."""
    client = f"client/{number}"
    for method in ("HEAD", "GET"):
        connection = HTTPConnection("127.0.0.1", portal.port)
        headers = {"Host": portal.host, "User-Agent": client, "Authorization": portal.basic("acme")}
        connection.request(method, f"/v2/acme/python/manifests/{tag}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        connection.close()
    return client


def rows(database: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(database) as connection:
        query = "SELECT client, tag, digest, actor, address FROM registry_pull ORDER BY id"
        return connection.execute(query).fetchall()


def test_a_killed_process_takes_at_most_a_second_of_the_audit_with_it(killed):
    sent, found, noted = killed
    assert sorted(sent) == sorted(row[0] for row in noted if row[0] in sent)
    assert {row[1:] for row in noted} == {(found["tags"][0], found["manifests"][0], noted[0][3], "127.0.0.1")}
    assert "owner@acme.example" in noted[0][3] or "tests" in noted[0][3]
