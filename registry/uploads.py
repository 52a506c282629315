"""Resumable blob uploads: begin, append, finish, cancel. Survive a restart and a token that expires.

How far an upload has come is what its file says, so that a killed process loses nothing it received. Two
writers: the file lock serves all who share the spool, the version column those who saw an older upload. The
one that comes second is refused with `UploadOutOfOrder` and can ask where the upload stands. Room for it is
`registry.room`'s.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import FileIO

from django.utils import timezone

from registry import push, room, statements
from registry.digest import Digest
from registry.errors import (
    DigestInvalid,
    NameUnknown,
    QuotaExceeded,
    StoreUnavailable,
    UploadOutOfOrder,
    UploadUnknown,
)
from registry.models import Blob, Repository, Upload
from registry.storage import NotStored, Stored, spool

EXPIRES_AFTER = timedelta(hours=24)


def begin(*, repository: Repository, actor: str) -> Upload:
    upload = Upload(repository=repository, actor=actor[:254], expires_at=timezone.now() + EXPIRES_AFTER)
    spool.create(upload.pk)  # first, so that a row always has its file; one without a row is collected
    upload.save(force_insert=True)
    return upload


def whole(
    *, repository: Repository, actor: str, expected: Digest, chunks: Iterable[bytes], length: int | None
) -> Blob:
    """Keep a blob that comes in one piece; where a quota counts, as an upload, so that it counts while it comes.

    Raises DigestInvalid, QuotaExceeded, StoreUnavailable.
    """
    if not statements.is_limited(repository.pk):
        return push.store_blob(repository=repository, chunks=chunks, expected=expected)
    upload = begin(repository=repository, actor=actor)
    upload.is_limited = True
    try:
        return finish(upload=upload, expected=expected, chunks=chunks, length=length)
    except BaseException:
        cancel(upload=upload)  # nobody knows of it
        raise


def find(*, repository: Repository, upload_id: str) -> Upload:
    """An unexpired upload of this very repository. Raises UploadUnknown."""
    try:
        key = uuid.UUID(upload_id)
    except ValueError as error:
        raise UploadUnknown from error
    found = statements.find_upload(key, repository.pk, timezone.now())
    if found is None or str(key) != upload_id:
        raise UploadUnknown
    upload = Upload(
        pk=key, repository=repository, version=found.version, sha256=found.sha256, hashed=found.hashed
    )
    upload.is_limited = found.is_limited
    return upload


def received(*, upload: Upload) -> int:
    """How many bytes have come so far. Raises UploadUnknown."""
    try:
        return spool.size_of(upload.pk)
    except NotStored as error:
        raise UploadUnknown from error


def append(*, upload: Upload, chunks: Iterable[bytes], start: int | None, length: int | None = None) -> None:
    """Write chunks at the end. `start` is where the sender believes the end is; None to trust us.

    `length` is how many bytes are announced, if that is known. What arrived before the sender went away is kept.
    A refusal for want of room ends the upload, so that what it held is free. Raises UploadOutOfOrder, QuotaExceeded.
    """
    with _writing(upload, start, length) as file:
        if _take(upload, file, chunks):
            _remember(upload, file)
        room.settle(upload, file)


def finish(
    *,
    upload: Upload,
    expected: Digest,
    chunks: Iterable[bytes] = (),
    start: int | None = None,
    length: int | None = None,
) -> Blob:
    """Keep what arrived, and the last chunks if any, as a blob, if its digest is `expected`.

    A refusal (DigestInvalid, QuotaExceeded) ends the upload. After a fault of ours (StoreUnavailable, a full
    disk, a killed process) it stands, and may be finished again. Raises UploadOutOfOrder.
    """
    with _writing(upload, start, length) as file:
        end = file.tell()
        _take(upload, file, chunks)
        stored = _hashed(upload, file.tell(), expected.algorithm)
        try:
            if stored.digest != expected:
                raise DigestInvalid
            path = spool.path_of(upload.pk)
            blob = push.keep_file(repository=upload.repository, path=path, stored=stored, upload=upload)
        except StoreUnavailable:
            if not spool.is_kept(file):
                file.truncate(end)  # what came with this request will come with the next
            raise
        except FileNotFoundError as error:  # cancelled meanwhile
            raise UploadUnknown from error
        cancel(upload=upload)
    return blob


def cancel(*, upload: Upload) -> None:
    statements.end_upload(upload.pk)
    spool.discard(spool.path_of(upload.pk))


def _take(upload: Upload, file: FileIO, chunks: Iterable[bytes]) -> bool:
    """Write chunks; whether they are all there is, so that their hash is the upload's."""
    is_first = file.tell() == 0
    coming = _none_of(chunks) if spool.is_kept(file) else room.within(upload, file, chunks)
    stored = spool.append(file, coming)
    if is_first:
        upload.sha256, upload.hashed = stored.digest.hex, stored.size
    return is_first


def _none_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Of a file that is a blob's by now, since who finished the upload died before ending it."""
    for chunk in chunks:
        if chunk:
            raise UploadOutOfOrder("All of this upload is here; finish it without sending more.")
    yield from ()


def _remember(upload: Upload, file: FileIO) -> None:
    """Spare `finish` reading it all again: nearly every client sends a blob in one piece."""
    os.fsync(file.fileno())  # after a loss of power the file must be what the row says of it
    size = upload.hashed
    if not Upload.objects.filter(pk=upload.pk).update(sha256=upload.sha256, hashed=size, reserved=size):
        raise UploadUnknown
    upload.reserved = size


def _hashed(upload: Upload, size: int, algorithm: str) -> Stored:
    if upload.sha256 and upload.hashed == size and algorithm == "sha256":
        return Stored(Digest("sha256", upload.sha256), size)
    return spool.hash_file(spool.path_of(upload.pk), algorithm)


@contextmanager
def _writing(upload: Upload, start: int | None, length: int | None) -> Iterator[FileIO]:
    """The file at its end, which must be at `start`; ours alone, and nobody wrote since `upload` was read.

    There is room for `length` bytes more.
    """
    try:
        with spool.writing(upload.pk) as file:
            if start is not None and start != file.tell():
                raise UploadOutOfOrder
            room.take_turn(upload, file.tell() + (length or 0))
            try:
                yield file
            except BaseException:
                room.settle(upload, file)
                raise
    except (DigestInvalid, NameUnknown, QuotaExceeded):  # nothing will come of it
        cancel(upload=upload)
        raise
    except NotStored as error:
        raise UploadUnknown from error
    except spool.Busy as error:
        raise UploadOutOfOrder from error
