"""One tag: where it points, how it moved, and what it was at a time. Changing it: `registry.pages.tag_change`."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from registry import history, warnings
from registry.models import HeldTag
from registry.moments import moment_of
from registry.pages.places import TagAt, tag_for
from tenants.access import standing_at
from tenants.roles import Permission

ROWS = 25


def page(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """The tag with its history; `?at=` asks what it was then (UTC)."""
    place = tag_for(request, name, tag, Permission.IMAGE_VIEW)
    rows = Paginator(history.narrowly(history.moves(place.view, tag)), ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        **shown(place),
        "page": rows,
        "lines": history.lines(place.view, rows.object_list),
    }
    context["may_manage"] = Permission.REPOSITORY_MANAGE in standing_at(request, place.tenant).rights
    context["may_change"] = context["may_manage"] and not context["is_fixed"]
    asked = request.GET.get("at", "").strip()[:40]
    if asked:
        found = moment_of(asked)
        moment = min(found, timezone.now()) if found else None
        context |= {"asked": asked, "moment": moment}
        if moment is not None:
            context["was"] = history.was(place.view, tag, moment)
    is_wrong = bool(asked) and context["moment"] is None
    return render(request, "registry/tag.html", context, status=422 if is_wrong else 200)


def shown(place: TagAt) -> dict[str, Any]:
    """What every page of a tag says of it: `row` is None when it was deleted."""
    row = place.view.tagged(place.tag)
    pin = row if isinstance(row, HeldTag) else None
    here = row.manifest.digest if row else ""
    source = place.view.source_of(place.tag) if pin else None
    return {
        "section": "repositories" if place.is_own else "images",
        "name": place.name,
        "tag": place.tag,
        "is_own": place.is_own,
        "row": row,
        "pin": pin,
        "here": here,
        # Where it may be neither moved back to nor kept: it is there.
        "stays": here if place.is_own or pin else "",
        "source": source,
        "is_fixed": history.is_fixed(place.view, place.tag),
        "warning": warnings.sentence(row) if row else "",
        "days": place.view.repository.retention_days,
    }
