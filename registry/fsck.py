"""Check that what the rows promise is in the store, and whole. Reads only; what to do is the operator's.

Not in charge of letting go of what is not needed: see `registry.collect`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from registry import storage
from registry.collect import strays
from registry.digest import Digest, parse
from registry.models import Blob, Manifest, ManifestBlob, ManifestChild, RepositoryBlob, RepositoryManifest


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. `code` is stable, `thing` a digest or a storage key."""

    code: str
    thing: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.thing} {self.detail}".rstrip()


def check(*, sample: int | None = None) -> Iterator[Finding]:
    """Everything wrong in rows and files; of blobs all are hashed, or `sample` taken by chance."""
    yield from _blobs(sample)
    yield from _manifests()
    yield from _closures()
    yield from _strays()


def flaw(blob: Blob, *, is_read: bool = True) -> Finding | None:
    """What is wrong with the bytes of a blob; without `is_read` only their number is compared."""
    store = storage.current()
    size = store.size(blob.storage_key)
    if size is None:
        return Finding("blob-missing", blob.digest, blob.storage_key)
    if size != blob.size:
        return Finding("blob-size", blob.digest, f"{size} bytes instead of {blob.size}")
    try:
        pieces = store.read(blob.storage_key, size) if is_read else None
    except storage.NotStored:  # let go of since
        return Finding("blob-missing", blob.digest, blob.storage_key)
    found = Digest.of_pieces(pieces, parse(blob.digest).algorithm) if pieces is not None else None
    return (
        Finding("blob-damaged", blob.digest, f"is {found}") if found and str(found) != blob.digest else None
    )


def _blobs(sample: int | None) -> Iterator[Finding]:
    for blob in Blob.objects.filter(state=Blob.State.DAMAGED).order_by("pk").iterator():
        yield Finding("blob-withheld", blob.digest, "served to nobody until it is whole, or pushed again")
    live = Blob.objects.filter(state=Blob.State.LIVE)
    read = None if sample is None else set(live.order_by("?").values_list("pk", flat=True)[:sample])
    for blob in live.order_by("pk").iterator():
        found = flaw(blob, is_read=read is None or blob.pk in read)
        # A push or a collection may have come between the row and its bytes.
        if found is not None and live.filter(pk=blob.pk, storage_key=blob.storage_key).exists():
            yield found


def _manifests() -> Iterator[Finding]:
    for manifest in Manifest.objects.only("digest", "content", "size").order_by("pk").iterator():
        content = bytes(manifest.content)
        if len(content) != manifest.size or not _is_of(content, manifest.digest):
            yield Finding("manifest-damaged", manifest.digest)


def _is_of(content: bytes, digest: str) -> bool:
    return str(Digest.of(content, parse(digest).algorithm)) == digest


def _closures() -> Iterator[Finding]:
    """Manifests that a repository serves without all that they name."""
    linked = RepositoryManifest.objects.filter(repository=OuterRef("held_in"))
    blobs = ManifestBlob.objects.filter(manifest__repository_links__isnull=False).annotate(
        held_in=F("manifest__repository_links__repository")
    )
    present = RepositoryBlob.objects.filter(repository=OuterRef("held_in"), blob=OuterRef("blob"))
    for link in blobs.exclude(Exists(present)).select_related("manifest", "blob"):
        yield Finding("blob-not-linked", link.blob.digest, f"named by {link.manifest.digest}")
    children = ManifestChild.objects.filter(parent__repository_links__isnull=False).annotate(
        held_in=F("parent__repository_links__repository")
    )
    for child in children.exclude(Exists(linked.filter(manifest=OuterRef("child")))).select_related():
        yield Finding("manifest-not-linked", child.child.digest, f"listed by {child.parent.digest}")


def _strays() -> Iterator[Finding]:
    yield from (Finding("file-unknown", key) for key in strays())
