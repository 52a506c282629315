"""Resumable blob uploads: begin, append, finish, cancel. Survive a restart and a token that expires.

How far an upload has come is what its file says, so that a killed process loses nothing it received. Two
writers: the file lock serves all who share the spool, the version column those who saw an older upload. The
one that comes second is refused with `UploadOutOfOrder` and can ask where the upload stands.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import FileIO

from django.db import transaction
from django.utils import timezone

from registry import push
from registry.digest import Digest
from registry.errors import DigestInvalid, RegistryError, StoreUnavailable, UploadOutOfOrder, UploadUnknown
from registry.models import Blob, Repository, Upload
from registry.storage import NotStored, Stored, spool

EXPIRES_AFTER = timedelta(hours=24)


@transaction.atomic
def begin(*, repository: Repository, actor: str) -> Upload:
    upload = Upload.objects.create(
        repository=repository, actor=actor[:254], expires_at=timezone.now() + EXPIRES_AFTER
    )
    spool.create(upload.pk)
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
    found.repository = repository  # known already, so that nobody reads it again
    return found


def received(*, upload: Upload) -> int:
    """How many bytes have come so far. Raises UploadUnknown."""
    try:
        return spool.size_of(upload.pk)
    except NotStored as error:
        raise UploadUnknown from error


def append(*, upload: Upload, chunks: Iterable[bytes], start: int | None, is_last: bool = False) -> None:
    """Write chunks at the end. `start` is where the sender believes the end is; None to trust us.

    What arrived before the sender went away is kept. `is_last` when `finish` follows with this very upload, so
    that the hash need not outlive the process. Raises UploadOutOfOrder.
    """
    with _writing(upload) as file:
        end = file.tell()
        if start is not None and start != end:
            raise UploadOutOfOrder
        _raise_version(upload)
        stored = spool.append(file, chunks)
        if end == 0:
            upload.sha256, upload.hashed = stored.digest.hex, stored.size
            if not is_last:
                _remember(upload, file)


def finish(*, upload: Upload, expected: Digest) -> Blob:
    """Keep what arrived as a blob, if its digest is `expected`.

    A refusal (DigestInvalid, QuotaExceeded) ends the upload. After a fault of ours (StoreUnavailable, a full
    disk, a killed process) it stands, and may be finished again. Raises UploadOutOfOrder.
    """
    with _writing(upload) as file:
        _raise_version(upload)
        stored = _hashed(upload, file.tell(), expected.algorithm)
        try:
            if stored.digest != expected:
                raise DigestInvalid
            blob = push.keep_file(repository=upload.repository, path=spool.path_of(upload.pk), stored=stored)
        except StoreUnavailable:
            raise
        except RegistryError:
            cancel(upload=upload)
            raise
        cancel(upload=upload)
    return blob


def cancel(*, upload: Upload) -> None:
    path = spool.path_of(upload.pk)  # deleting the row takes its key away
    upload.delete()
    spool.discard(path)


def _remember(upload: Upload, file: FileIO) -> None:
    """Spare `finish` reading it all again: nearly every client sends a blob in one piece."""
    os.fsync(file.fileno())  # after a loss of power the file must be what the row says of it
    if not Upload.objects.filter(pk=upload.pk).update(sha256=upload.sha256, hashed=upload.hashed):
        raise UploadUnknown


def _hashed(upload: Upload, size: int, algorithm: str) -> Stored:
    if upload.sha256 and upload.hashed == size and algorithm == "sha256":
        return Stored(Digest("sha256", upload.sha256), size)
    return spool.hash_file(spool.path_of(upload.pk), algorithm)


def _raise_version(upload: Upload) -> None:
    seen = upload.version
    if not Upload.objects.filter(pk=upload.pk, version=seen).update(version=seen + 1):
        raise UploadOutOfOrder
    upload.version = seen + 1


@contextmanager
def _writing(upload: Upload) -> Iterator[FileIO]:
    try:
        with spool.writing(upload.pk) as file:
            yield file
    except NotStored as error:
        raise UploadUnknown from error
    except spool.Busy as error:
        raise UploadOutOfOrder from error
