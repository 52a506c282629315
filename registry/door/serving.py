"""How the bytes of a blob leave, by `settings.BLOB_SERVING`. Whether they may is decided before.

`file`: we send them. `x-accel`: nginx does, from the same directory (deploy/nginx/). `redirect`: the object
store does; the client gets an address that only its signature opens, and only for minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from registry import storage
from registry.door import answers, ranges
from registry.errors import BlobUnknown
from registry.models import Blob

if TYPE_CHECKING:
    from registry.storage.objects import Objects

#: nginx's location with the keys of the store below it; it answers nobody but us.
INTERNAL = "/_assay/"
#: How long a presigned address works: enough for a client to connect, and what has begun is sent to its end.
LIFETIME = timedelta(minutes=5)


def head(blob: Blob) -> HttpResponseBase:
    """Raises BlobUnknown. What an object store holds is not asked at each HEAD: the scrub sees to that."""
    if not settings.OBJECT_STORE:
        _check(blob)
    return answers.plain(200, _headers(blob))


def get(blob: Blob, asked: str) -> HttpResponseBase:
    """The blob, or the part of it that `asked` names (a Range header). Raises BlobUnknown, RangeInvalid."""
    return _WAYS[settings.BLOB_SERVING](blob, asked)


def _file(blob: Blob, asked: str) -> HttpResponseBase:
    part = ranges.wanted(asked, blob.size)
    start, length = part or (0, blob.size)
    try:
        reading = storage.current().read(blob.storage_key, blob.size, start, length)
    except storage.NotStored as error:
        raise BlobUnknown from error
    headers = {**_headers(blob), "Content-Length": str(length)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{blob.size}"
    return StreamingHttpResponse(reading, status=206 if part else 200, headers=headers)


def _x_accel(blob: Blob, asked: str) -> HttpResponseBase:
    """Ranges are nginx's to see to; it takes the digest's headers from this answer (see its configuration)."""
    _check(blob)
    return answers.plain(
        200, {**_headers(blob), "Content-Length": "0", "X-Accel-Redirect": INTERNAL + blob.storage_key}
    )


def _redirect(blob: Blob, asked: str) -> HttpResponseBase:
    signed = cast("Objects", storage.current()).signed(blob.storage_key, LIFETIME)
    told = {"Location": signed, "Docker-Content-Digest": blob.digest, "Cache-Control": "no-store"}
    return answers.plain(307, told)


_WAYS = {"file": _file, "x-accel": _x_accel, "redirect": _redirect}


def _check(blob: Blob) -> None:
    if storage.current().size(blob.storage_key) != blob.size:
        raise BlobUnknown


def _headers(blob: Blob) -> dict[str, str]:
    return {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": blob.digest,
        "ETag": f'"{blob.digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Length": str(blob.size),
    }
