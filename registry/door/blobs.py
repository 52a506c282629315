"""`/v2/<name>/blobs/<digest>`: HEAD, GET with ranges, DELETE."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from registry import digest as digests
from registry import remove, storage, targets
from registry.door import answers, ranges
from registry.door.asking import AskingAt
from registry.errors import BlobUnknown


def blob(asking: AskingAt, text: str) -> HttpResponseBase:
    digest = str(digests.parse(text))
    if asking.method == "DELETE":
        repository = targets.writable(asking.caller, asking.place, "delete")
        remove.remove_blob(repository=repository, digest=digest)
        return answers.plain(202)
    found = targets.readable(asking.caller, asking.place).blob(digest)
    if found is None or not storage.path_of(found.storage_key).is_file():
        raise BlobUnknown
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": digest,
        "ETag": f'"{digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Length": str(found.size),
    }
    if asking.method == "HEAD":
        return answers.plain(200, headers)
    part = ranges.wanted(asking.request.META.get("HTTP_RANGE", ""), found.size)
    start, length = part or (0, found.size)
    try:
        reading = storage.read(found.storage_key, start, length)
    except FileNotFoundError as error:  # removed since the row was read
        raise BlobUnknown from error
    headers["Content-Length"] = str(length)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{found.size}"
    return StreamingHttpResponse(reading, status=206 if part else 200, headers=headers)
