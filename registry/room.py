"""Room for uploads under way: where a quota counts, it is asked for before bytes are written, and held until they end.

Where none does, what an upload holds is noted all the same, with the statement that its turn takes anyhow, so that
a quota that is set later counts it. Not in charge of how much there is: see `registry.quota`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import FileIO

from django.db import transaction

from registry import quota, statements
from registry.errors import QuotaExceeded, UploadOutOfOrder
from registry.models import Upload

#: Asked for beyond what has come of a body that does not say how long it is.
AHEAD = 16 * 1024 * 1024


def take_turn(upload: Upload, end: int) -> None:
    """Be the next to write, up to `end`. Raises UploadOutOfOrder when somebody was it before, QuotaExceeded."""
    (_checked_turn if upload.is_limited else _turn)(upload, end)


def within(upload: Upload, file: FileIO, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, each once there is room for it. Raises QuotaExceeded."""
    end = file.tell()
    for chunk in chunks:
        end += len(chunk)
        if upload.is_limited and end > upload.reserved:
            _ask_for_more(upload, end)
        yield chunk


def settle(upload: Upload, file: FileIO) -> None:
    """Hold what has come, and no more."""
    size = os.fstat(file.fileno()).st_size
    if size != upload.reserved:
        statements.reserve(upload.pk, size)
        upload.reserved = size


def _turn(upload: Upload, end: int) -> None:
    if not statements.take_turn(upload.pk, upload.version, end):
        raise UploadOutOfOrder
    upload.version, upload.reserved = upload.version + 1, end


@transaction.atomic
def _checked_turn(upload: Upload, end: int) -> None:
    quota.check_upload(repository=upload.repository, upload=upload.pk, size=end)
    _turn(upload, end)


def _ask_for_more(upload: Upload, end: int) -> None:
    try:
        _reserve(upload, end + AHEAD)
    except QuotaExceeded:
        _reserve(upload, end)


@transaction.atomic
def _reserve(upload: Upload, size: int) -> None:
    quota.check_upload(repository=upload.repository, upload=upload.pk, size=size)
    statements.reserve(upload.pk, size)
    upload.reserved = size
