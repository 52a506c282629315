"""`/v2/<name>/manifests/<tag or digest>`: GET, HEAD, PUT, DELETE."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse

from registry import digest as digests
from registry import document, push, remove, tags, targets, warnings
from registry.door import answers, remembered
from registry.door.asking import AskingAt, read_at_most
from registry.errors import ManifestTooLarge, ManifestUnknown
from registry.models import HeldTag, RepositoryManifest, Tag
from registry.names import check_tag, is_tag
from registry.visibility import View

MOST_TAGS = 100


def manifest(asking: AskingAt, reference: str) -> HttpResponse:
    if asking.method == "PUT":
        return _put(asking, reference)
    if asking.method == "DELETE":
        return _delete(asking, reference)
    return _get(asking, reference)


def _get(asking: AskingAt, reference: str) -> HttpResponse:
    view = targets.readable(asking.caller, asking.place)
    tag = "" if ":" in reference else reference
    return remembered.answer(asking, view, lambda: _whole(view, reference), tag=tag)


def _whole(view: View, reference: str) -> HttpResponse:
    row: Tag | HeldTag | RepositoryManifest | None
    if ":" in reference:
        row = view.linked(str(digests.parse(reference)))
    else:
        row = view.tagged(reference) if is_tag(reference) else None
    if row is None:
        raise ManifestUnknown
    found = row.manifest
    # Whatever Accept says: these are the only bytes with this digest.
    headers = {
        "Content-Type": found.media_type,
        "Content-Length": str(found.size),
        "Docker-Content-Digest": found.digest,
        "ETag": f'"{found.digest}"',
    }
    if warning := warnings.about(row):
        headers["Warning"] = warning
    return HttpResponse(bytes(found.content), headers=headers)


def _put(asking: AskingAt, reference: str) -> HttpResponse:
    repository = targets.writable(asking.caller, asking.place)
    expected = digests.parse(reference) if ":" in reference else None
    named = [*asking.request.GET.getlist("tag")[:MOST_TAGS]]
    wanted = list(dict.fromkeys(check_tag(one) for one in ([] if expected else [reference]) + named))
    content = read_at_most(asking.request, document.LARGEST)
    if content is None:
        raise ManifestTooLarge
    with transaction.atomic():
        kept = push.put_manifest(
            repository=repository,
            content=content,
            media_type=asking.request.META.get("CONTENT_TYPE", ""),
            actor=asking.caller.actor,
            expected=expected,
        )
        for name in wanted:
            tags.move(repository=repository, name=name, manifest=kept, actor=asking.caller.actor)
    response = answers.plain(
        201,
        {"Location": asking.place.path(f"manifests/{kept.digest}"), "Docker-Content-Digest": kept.digest},
    )
    if named:
        response["OCI-Tag"] = ", ".join(wanted)
    if kept.subject:
        response["OCI-Subject"] = kept.subject
    return response


def _delete(asking: AskingAt, reference: str) -> HttpResponse:
    repository = targets.writable(asking.caller, asking.place, "delete")
    if ":" in reference:
        digest = str(digests.parse(reference))
        remove.remove_manifest(repository=repository, digest=digest, actor=asking.caller.actor)
    elif not is_tag(reference):
        raise ManifestUnknown
    else:
        tags.delete(repository=repository, name=reference, actor=asking.caller.actor)
    return answers.plain(202)
