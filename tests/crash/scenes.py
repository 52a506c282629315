"""What may be killed: for each, how the registry stood before, what is done, and what is done after the kill.

`after` is what people and the scheduler would do anyway: a client sends its push again, collection runs again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from registry import collect, push, remove, staging, storage, tags, uploads
from registry.digest import Digest
from registry.errors import UploadUnknown
from registry.models import Blob, Repository, Upload
from registry.storage import spool
from tests.registry.wire import image

KIND = "application/vnd.oci.image.manifest.v1+json"
LAYER = b"the layer in question"
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Scene:
    """`kept` are the tags, each `repository:tag`, that must be whole in the end, and nothing else may be left."""

    name: str
    before: Callable[[], None]
    act: Callable[[], None]
    after: Callable[[], None]
    kept: frozenset[str]


def repository(name: str = "app") -> Repository:
    return Repository.objects.get_or_create(name=name, defaults={"retention_days": 0})[0]


def push_image(layer: bytes, *names: str, where: str = "app") -> None:
    into = repository(where)
    for blob in (b"{}", layer):
        push.store_blob(repository=into, chunks=[blob])
    put(layer, *names, where=where)


def put(layer: bytes, *names: str, where: str = "app") -> None:
    into = repository(where)
    manifest = push.put_manifest(repository=into, content=image(layer), media_type=KIND, actor="tests")
    for name in names:
        tags.move(repository=into, name=name, manifest=manifest, actor="tests")


def age() -> None:
    """Everything there is happened long ago."""
    from django.db import models

    from registry.models import Manifest, RepositoryBlob, RepositoryManifest, TagEvent

    then = timezone.now() - LONG_AGO
    RepositoryBlob.objects.update(pinned_until=then)
    RepositoryManifest.objects.update(pushed_at=then)
    Manifest.objects.update(created_at=then)
    TagEvent.objects.update(at=then)
    Upload.objects.update(expires_at=then)
    Blob.objects.filter(~models.Exists(RepositoryBlob.objects.filter(blob=models.OuterRef("pk")))).update(
        unreferenced_at=then
    )
    for path in spool.folder().iterdir():
        os.utime(path, (0, 0))


def _rubbish() -> None:
    """Something of every kind that collection lets go of, and an image that it must not touch."""
    push_image(LAYER, "1")
    push_image(b"an image without a tag")
    push_image(LAYER, where="without tags")
    push.store_blob(repository=repository(), chunks=[b"a blob of no manifest"])
    push.store_blob(repository=repository(), chunks=[b"a blob of no repository"])
    remove.remove_blob(repository=repository(), digest=str(Digest.of(b"a blob of no repository")))
    begun = uploads.begin(repository=repository(), actor="tests")
    uploads.append(upload=begun, chunks=[b"half a lay"], start=0)
    spool.write([b"of a request that died"])
    path, stored = spool.write([b"of a push that died"])
    storage.current().keep(path, stored.digest)
    spool.discard(path)
    age()


def _collect() -> None:
    for _ in range(3):
        collect.collect(grace=timedelta(0))


def _half_sent() -> None:
    begun = uploads.begin(repository=repository(), actor="tests")
    uploads.append(upload=begun, chunks=[LAYER[:5]], start=0)
    push.store_blob(repository=repository(), chunks=[b"{}"])


def _finish() -> None:
    upload = Upload.objects.get()
    uploads.append(upload=upload, chunks=[LAYER[5:]], start=5)
    uploads.finish(upload=upload, expected=Digest.of(LAYER))
    put(LAYER, "1")


def _finish_again() -> None:
    """As a client does: it asks where its upload stands, goes on there, and begins anew where there is none."""
    upload = Upload.objects.first()
    try:
        if upload is None:
            raise UploadUnknown
        at = uploads.received(upload=upload)
        uploads.append(upload=upload, chunks=[LAYER[at:]], start=at)
        uploads.finish(upload=upload, expected=Digest.of(LAYER))
    except UploadUnknown:
        push.store_blob(repository=repository(), chunks=[LAYER])
    put(LAYER, "1")


def _condemned() -> None:
    """The layer is being let go of by a run that died."""
    push.store_blob(repository=repository(), chunks=[LAYER])
    remove.remove_blob(repository=repository(), digest=str(Digest.of(LAYER)))
    Blob.objects.update(state=Blob.State.DELETING, unreferenced_at=timezone.now() - LONG_AGO)


def _damaged() -> None:
    push_image(LAYER, "1")
    Blob.objects.filter(digest=str(Digest.of(LAYER))).update(state=Blob.State.DAMAGED)


def _staged() -> None:
    held, _ = staging.open_staging(build_id=uuid.UUID(int=1), mounts_from=None)
    for blob in (b"{}", LAYER):
        push.store_blob(repository=held, chunks=[blob])
    push.put_manifest(repository=held, content=image(LAYER), media_type=KIND, actor="tests")
    uploads.begin(repository=held, actor="tests")
    repository()


def _publish() -> None:
    from django.db import transaction

    with transaction.atomic():
        held = Repository.objects.filter(is_staging=True).first()
        if held is None:
            return
        made = staging.adopt(staging=held, target=repository(), digest=str(Digest.of(image(LAYER))))
        tags.move(repository=repository(), name="1", manifest=made, actor="tests")
        staging.close_staging(build_id=uuid.UUID(int=1))


def _delete() -> None:
    remove.remove_manifest(repository=repository(), digest=str(Digest.of(image(LAYER))), actor="tests")


def _delete_again() -> None:
    if repository().tags.exists():
        _delete()


def _push() -> None:
    push_image(LAYER, "1")


SCENES = (
    Scene("collection", _rubbish, _collect, _collect, frozenset({"app:1"})),
    Scene("upload", _half_sent, _finish, _finish_again, frozenset({"app:1"})),
    Scene("push", lambda: None, _push, _push, frozenset({"app:1"})),
    Scene("push of what is being collected", _condemned, _push, _push, frozenset({"app:1"})),
    Scene("push of what is damaged", _damaged, _push, _push, frozenset({"app:1"})),
    Scene("publish", _staged, _publish, _publish, frozenset({"app:1"})),
    Scene("delete", _push, _delete, _delete_again, frozenset()),
)
