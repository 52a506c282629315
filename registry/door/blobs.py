"""`/v2/<name>/blobs/<digest>`: HEAD, GET, DELETE. How the bytes leave is `registry.door.serving`'s."""

from __future__ import annotations

from django.http.response import HttpResponseBase

from registry import digest as digests
from registry import remove, targets
from registry.door import answers, remembered, serving
from registry.door.asking import AskingAt
from registry.errors import BlobUnknown


def blob(asking: AskingAt, text: str) -> HttpResponseBase:
    digest = str(digests.parse(text))
    if asking.method == "DELETE":
        repository = targets.writable(asking.caller, asking.place, "delete")
        remove.remove_blob(repository=repository, digest=digest)
        return answers.plain(202)
    found = remembered.blob(asking.place, targets.readable(asking.caller, asking.place), digest)
    if found is None:
        raise BlobUnknown
    if asking.method == "HEAD":
        return serving.head(found)
    return serving.get(found, asking.request.META.get("HTTP_RANGE", ""))
