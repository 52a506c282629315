"""`/v2/<name>/blobs/uploads/`: begin, mount, send in one or many pieces, ask, cancel."""

from __future__ import annotations

import re

from django.http import HttpResponse

from registry import digest as digests
from registry import mount, targets, uploads, visibility
from registry.digest import Digest
from registry.door import answers
from registry.door.asking import AskingAt, body, declared_length
from registry.errors import (
    DigestInvalid,
    RegistryError,
    SizeInvalid,
    Unauthorized,
    UploadInvalid,
    UploadOutOfOrder,
)
from registry.models import Blob, Repository, Upload
from registry.places import Place, place_of
from registry.unsynced import unsynced

_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?([0-9]{1,18})-([0-9]{1,18})(?:/(?:\*|[0-9]{1,19}))?")


@unsynced()
def begin(asking: AskingAt) -> HttpResponse:
    """POST: mount, or take the whole blob, or open an upload."""
    repository = targets.writable(asking.caller, asking.place)
    if asking.query("mount"):
        mounted = _mounted(asking, repository)
        if mounted is not None:
            return _created(asking.place, mounted)
    elif asking.query("digest"):
        expected = digests.parse(asking.query("digest"))
        stored = uploads.whole(
            repository=repository,
            actor=asking.caller.actor,
            expected=expected,
            chunks=body(asking.request),
            length=declared_length(asking.request),
        )
        return _created(asking.place, stored)
    begun = uploads.begin(repository=repository, actor=asking.caller.actor)
    return answers.plain(202, _position(asking.place, begun))


@unsynced()
def upload(asking: AskingAt, upload_id: str) -> HttpResponse:
    """GET, PATCH, PUT and DELETE of one upload."""
    repository = targets.writable(asking.caller, asking.place)
    found = uploads.find(repository=repository, upload_id=upload_id)
    if asking.method == "GET":
        return answers.plain(204, _position(asking.place, found))
    if asking.method == "DELETE":
        uploads.cancel(upload=found)
        return answers.plain(204)
    expected = _expected(asking) if asking.method == "PUT" else None
    try:
        start, chunks, length = _start(asking), body(asking.request), declared_length(asking.request)
        if expected is None:
            uploads.append(upload=found, chunks=chunks, start=start, length=length)
            return answers.plain(202, _position(asking.place, found))
        if length == 0:
            start = None  # there is nothing that could be out of order
        blob = uploads.finish(upload=found, expected=expected, chunks=chunks, start=start, length=length)
        return _created(asking.place, blob)
    except UploadOutOfOrder as error:
        error.headers.update(_position(asking.place, found))
        raise


def _expected(asking: AskingAt) -> Digest:
    if not asking.query("digest"):
        raise DigestInvalid("The digest parameter is missing.")
    return digests.parse(asking.query("digest"))


def _start(asking: AskingAt) -> int | None:
    header = asking.request.META.get("HTTP_CONTENT_RANGE", "")
    if not header:
        return None
    match = _CONTENT_RANGE.fullmatch(header.strip())
    if match is None or int(match[2]) < int(match[1]):
        raise UploadInvalid("Content-Range must be `start-end`.")
    length = declared_length(asking.request)
    if length is not None and length != int(match[2]) - int(match[1]) + 1:
        raise SizeInvalid
    return int(match[1])


def _mounted(asking: AskingAt, repository: Repository) -> Blob | None:
    # Any reason not to mount is answered the same way: with an upload (distribution spec, "Mounting a blob").
    try:
        digest = str(digests.parse(asking.query("mount")))
        if repository.is_staging:
            base = repository.mounts_from
            source = visibility.View(base) if base else None
            return mount.from_view(repository=repository, source=source, digest=digest) if source else None
        return _from_tenant(asking, repository, digest)
    except Unauthorized:
        raise
    except RegistryError:
        return None


def _from_tenant(asking: AskingAt, repository: Repository, digest: str) -> Blob | None:
    """A registry token mounts only what it was asked for. Whoever may ask for more is told to (401), since a client
    that does is sure to get it; whoever may not is told nothing, and uploads. Raises Unauthorized.
    """
    tenant = asking.place.tenant
    if tenant is None:
        return None
    prefix = "" if asking.host.tenant else f"{tenant.slug}/"
    source = asking.query("from")
    names = [source] if source else [prefix + one for one in mount.candidates(tenant=tenant, digest=digest)]
    for name in names:
        place = place_of(asking.host, name)
        if place.tenant != tenant or not asking.caller.may("pull", place):
            continue
        if not asking.caller.is_asked_for("pull", name):
            if source:
                raise Unauthorized
            continue
        view = visibility.find(tenant=tenant, name=place.name)
        found = mount.from_view(repository=repository, source=view, digest=digest) if view else None
        if found is not None:
            return found
    return None


def _created(place: Place, blob: Blob) -> HttpResponse:
    location = place.path(f"blobs/{blob.digest}")
    return answers.plain(201, {"Location": location, "Docker-Content-Digest": blob.digest})


def _position(place: Place, found: Upload) -> dict[str, str]:
    return {
        "Location": place.path(f"blobs/uploads/{found.pk}"),
        "Range": f"0-{max(uploads.received(upload=found) - 1, 0)}",
        "Docker-Upload-UUID": str(found.pk),
    }
