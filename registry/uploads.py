"""Resumable blob uploads: begin, append, finish, cancel. Survive a restart and a token that expires.

Two writers: the file lock serves one machine, the version column several. The one that comes second
is refused with `UploadOutOfOrder` and can ask where the upload stands.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from registry import push, storage
from registry.digest import Digest
from registry.errors import UploadOutOfOrder, UploadUnknown
from registry.models import Blob, Repository, Upload

EXPIRES_AFTER = timedelta(hours=24)


@transaction.atomic
def begin(*, repository: Repository, actor: str) -> Upload:
    upload = Upload.objects.create(
        repository=repository, actor=actor[:254], expires_at=timezone.now() + EXPIRES_AFTER
    )
    path = storage.upload_path(upload.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)
    return upload


def find(*, repository: Repository, upload_id: str) -> Upload:
    """An unexpired upload of this very repository. Raises UploadUnknown."""
    try:
        key = uuid.UUID(upload_id)
    except ValueError as error:
        raise UploadUnknown from error
    found = Upload.objects.filter(pk=key, repository=repository, expires_at__gt=timezone.now()).first()
    if found is None or str(key) != upload_id:
        raise UploadUnknown
    return found


def append(*, upload: Upload, chunks: Iterable[bytes], start: int | None) -> None:
    """Write chunks at the end. `start` is where the sender believes the end is; None to trust us.

    What arrived before the sender went away is kept. Raises UploadOutOfOrder.
    """
    if start is not None and start != upload.offset:
        raise UploadOutOfOrder
    with _writing(upload) as file:
        seen = upload.version
        if not Upload.objects.filter(pk=upload.pk, version=seen).update(version=seen + 1):
            raise UploadOutOfOrder
        file.seek(upload.offset)
        file.truncate()
        try:
            for chunk in chunks:
                file.write(chunk)
        finally:
            file.flush()
            upload.offset, upload.version = file.tell(), seen + 1
            kept = Upload.objects.filter(pk=upload.pk, version=seen + 1).update(offset=upload.offset)
    if not kept:
        raise UploadOutOfOrder


def finish(*, upload: Upload, expected: Digest) -> Blob:
    """Hash what arrived and keep it as a blob. Raises DigestInvalid; the upload is over either way."""
    path = storage.upload_path(upload.pk)
    with _writing(upload):
        if not Upload.objects.filter(pk=upload.pk, version=upload.version).delete()[0]:
            raise UploadOutOfOrder
        stored = storage.hash_file(path, expected.algorithm)
        return push.keep_file(repository=upload.repository, path=path, stored=stored, expected=expected)


def cancel(*, upload: Upload) -> None:
    path = storage.upload_path(upload.pk)  # deleting the row takes its key away
    upload.delete()
    storage.discard(path)


@contextmanager
def _writing(upload: Upload) -> Iterator[BinaryIO]:
    try:
        file = storage.upload_path(upload.pk).open("r+b")
    except FileNotFoundError as error:
        raise UploadUnknown from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadOutOfOrder from error
        yield file
