"""Lists: a repository's tags, a manifest's referrers, a tenant's repositories."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from registry import digest as digests
from registry import media, targets, visibility
from registry.door import answers, remembered
from registry.door.asking import Asking, AskingAt
from registry.errors import NameUnknown, PageInvalid, Unauthorized
from registry.models import Manifest

LONGEST_PAGE = 1000


def tags(asking: AskingAt) -> HttpResponse:
    view = targets.readable(asking.caller, asking.place)
    limit = _limit(asking)

    def page() -> HttpResponse:
        found = view.tags(last=asking.query("last"), limit=limit + 1)
        return _page({"name": asking.place.wire}, "tags", found, limit, asking.place.path("tags/list"))

    return remembered.answer(asking, view, page)


def referrers(asking: AskingAt, text: str) -> HttpResponse:
    digest = str(digests.parse(text))
    wanted, last = asking.query("artifactType"), asking.query("last")
    try:
        view = targets.readable(asking.caller, asking.place)
    except NameUnknown:
        # Distribution spec, "Listing Referrers": nothing refers to it yet, which is no error.
        if not asking.caller.may("pull", asking.place):
            raise
        return _index([], wanted)

    def page() -> HttpResponse:
        found, is_cut = view.referrers(digest, wanted or None, last=last)
        response = _index(found, wanted)
        if is_cut:
            more = {"artifactType": wanted} if wanted else {}
            path = asking.place.path(f"referrers/{digest}")
            response["Link"] = _next(path, **more, last=found[-1].digest)
        return response

    return remembered.answer(asking, view, page)


def _index(found: list[Manifest], wanted: str) -> HttpResponse:
    index = {
        "schemaVersion": 2,
        "mediaType": media.OCI_INDEX,
        "manifests": [_descriptor(one) for one in found],
    }
    headers = {"OCI-Filters-Applied": "artifactType"} if wanted else None
    # As manifests are written themselves, so that what is told of them is no longer than they are.
    return answers.as_json(index, media_type=media.OCI_INDEX, headers=headers, is_ascii=False)


def catalog(asking: Asking) -> HttpResponse:
    """Names the caller may pull; on the portal host with the tenant in front."""
    caller, host = asking.caller, asking.host
    token = caller.token
    if token is None or (caller.claims is not None and not caller.claims.may_list):
        raise Unauthorized
    limit = _limit(asking)
    if host.tenant is not None and host.tenant.pk != token.tenant_id:
        raise Unauthorized
    prefix = "" if host.tenant else f"{token.tenant.slug}/"
    allowed = [name for name in visibility.names(tenant=token.tenant) if token.may("pull", name)]
    found = [prefix + name for name in allowed if prefix + name > asking.query("last")]
    return _page({}, "repositories", found, limit, "/v2/_catalog")


def _limit(asking: Asking) -> int:
    text = asking.query("n")
    if not text:
        return LONGEST_PAGE
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise PageInvalid
    return min(int(text), LONGEST_PAGE)


def _page(body: dict[str, Any], key: str, found: list[str], limit: int, path: str) -> HttpResponse:
    page = found[:limit]
    response = answers.as_json({**body, key: page})
    if page and len(found) > limit:
        response["Link"] = _next(path, n=limit, last=page[-1])
    return response


def _next(path: str, **query: str | int) -> str:
    """Where the rest is (RFC 8288)."""
    return f'<{path}?{urlencode(query)}>; rel="next"'


def _descriptor(found: Manifest) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "mediaType": found.media_type,
        "digest": found.digest,
        "size": found.size,
        "artifactType": found.artifact_type,
        "annotations": found.annotations,
    }
    return {key: value for key, value in entry.items() if value or key == "size"}
