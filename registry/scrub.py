"""Read stored blobs again, those first that were not read for longest, and withhold what is damaged.

A blob whose bytes are missing or others than its digest names is shown to nobody: a client gets "not there"
instead of bytes that it would refuse, and the next push of the same content makes it whole again. Withheld
ones are read again in every run, so that a disk that comes back, or a restored file, ends it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Sum
from django.utils import timezone

from registry.fsck import flaw
from registry.models import Blob

#: A run an hour reads everything in 30 days, and in a small store a little more often.
SHARE = 1 / (30 * 24)
LEAST = 256 * 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What one run read and decided."""

    blobs: int = 0
    size: int = 0
    withheld: int = 0
    released: int = 0


def scrub(*, is_all: bool = False) -> Scrubbed:
    """One run: a share of the store, or all of it. Raises StoreUnavailable; nothing is withheld for that."""
    total = Blob.objects.aggregate(total=Sum("size"))["total"] or 0
    blobs = size = withheld = released = 0
    for blob in _due(total if is_all else max(LEAST, int(total * SHARE))):
        blobs, size = blobs + 1, size + blob.size
        found = flaw(blob)
        wanted = Blob.State.DAMAGED if found else Blob.State.LIVE
        # Its bytes may have been replaced, or let go of, while they were read.
        row = Blob.objects.filter(pk=blob.pk, storage_key=blob.storage_key, state=blob.state)
        if not row.update(state=wanted, checked_at=timezone.now()) or wanted == blob.state:
            continue
        if found:
            withheld += 1
            _log.error("%s: it is withheld until it is pushed again", found)
        else:
            released += 1
            _log.warning("%s is whole again", blob.digest)
    return Scrubbed(blobs, size, withheld, released)


def _due(most: int) -> Iterator[Blob]:
    """Those withheld, and others of about `most` bytes; which ones is settled before the first is read."""
    due = list(Blob.objects.filter(state=Blob.State.DAMAGED).order_by("pk").values_list("pk", flat=True))
    order = (F("checked_at").asc(nulls_first=True), "pk")
    live = Blob.objects.filter(state=Blob.State.LIVE).order_by(*order)
    for pk, size in live.values_list("pk", "size").iterator():
        if most < 0:
            break
        most -= size
        due.append(pk)
    for pk in due:
        if blob := Blob.objects.filter(pk=pk).exclude(state=Blob.State.DELETING).first():
            yield blob
