"""The statements of a push, written out: composing them took the ORM several times as long as running them.

One place for each, in SQL that SQLite and PostgreSQL share. Not in charge of when they may be run.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

_LOCK = """
SELECT immutable_tags, quota_bytes, EXISTS (SELECT 1 FROM registry_quota WHERE tenant_id = one.tenant_id)
FROM registry_repository one WHERE id = %s"""
_CLAIM = """
INSERT INTO registry_blob (digest, size, storage_key, state, created_at) VALUES (%s, %s, %s, 'live', %s)
ON CONFLICT (digest) DO UPDATE SET unreferenced_at = NULL RETURNING id, state, storage_key"""
_LINK = """
INSERT INTO registry_repositoryblob (repository_id, blob_id, pinned_until) VALUES (%s, %s, %s)
ON CONFLICT (repository_id, blob_id) DO UPDATE SET pinned_until = excluded.pinned_until"""
_LIMITED = """
SELECT EXISTS (SELECT 1 FROM registry_repository home WHERE id = %s AND (quota_bytes IS NOT NULL
OR EXISTS (SELECT 1 FROM registry_quota WHERE tenant_id = home.tenant_id)))"""
_FIND_UPLOAD = f"""
SELECT version, sha256, hashed, ({_LIMITED}) FROM registry_upload
WHERE id = %s AND repository_id = %s AND expires_at > %s"""  # noqa: S608 - nothing of anybody's is in it
_TAKE_TURN = "UPDATE registry_upload SET version = version + 1, reserved = %s WHERE id = %s AND version = %s"
_RESERVE = "UPDATE registry_upload SET reserved = %s WHERE id = %s"
_END = "DELETE FROM registry_upload WHERE id = %s"


class Limits(NamedTuple):
    """What decides over a write to a repository, as it is while that is locked."""

    immutable_tags: list[str]
    quota_bytes: int | None
    #: Whether its tenant may have only so much.
    has_quota: bool


def lock_repository(pk: int) -> Limits | None:
    """Lock the row until the transaction ends; None when it is gone. SQLite's transactions are locks."""
    locking = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    row = _one(_LOCK + locking, pk)
    return Limits(json.loads(row[0]), row[1], bool(row[2])) if row else None


def claim_blob(digest: str, size: int, key: str, now: datetime) -> tuple[int, str, str]:
    """Make the row, or lock it and tell collection that it is needed; its id, state and storage key."""
    row = _one(_CLAIM, digest, size, key, _time(now))
    assert row is not None  # an insert that returns
    return row[0], row[1], row[2]


def link_blob(repository: int, blob: int, pinned_until: datetime) -> None:
    """Say that a blob is in a repository, and keep it until then."""
    _run(_LINK, repository, blob, _time(pinned_until))


class Begun(NamedTuple):
    """What `Upload` says of itself, and whether a quota counts it."""

    version: int
    sha256: str
    hashed: int
    is_limited: bool


def find_upload(upload: UUID, repository: int, now: datetime) -> Begun | None:
    """An upload that has not expired."""
    row = _one(_FIND_UPLOAD, repository, _uuid(upload), repository, _time(now))
    return Begun(row[0], row[1], row[2], bool(row[3])) if row else None


def is_limited(repository: int) -> bool:
    """Whether a quota counts what is stored there, the repository's own or its tenant's."""
    row = _one(_LIMITED, repository)
    return bool(row and row[0])


def take_turn(upload: UUID, version: int, reserved: int) -> bool:
    """Raise an upload's version by one, if it is that one still, and say how much it may have."""
    return _run(_TAKE_TURN, reserved, _uuid(upload), version) == 1


def reserve(upload: UUID, size: int) -> bool:
    """Say how many bytes an upload may have; whether it is there."""
    return _run(_RESERVE, size, _uuid(upload)) == 1


def end_upload(upload: UUID) -> None:
    _run(_END, _uuid(upload))


def _one(sql: str, *values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def _run(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _uuid(found: UUID) -> Any:
    return found if connection.features.has_native_uuid_field else found.hex
