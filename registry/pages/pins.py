"""A tenant's pins: which tags stay where they are, and those that ended lately, to be made anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry import pins
from registry.models import HeldTag, Tag
from tenants.access import may, tenant_for
from tenants.roles import Permission

ROWS = 50
#: Ended pins shown beneath.
ENDED = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A pin and where its source is now, "" where the tenant is shown none."""

    pin: HeldTag
    source: str

    @property
    def is_behind(self) -> bool:
        return self.source != self.pin.manifest.digest


def index(request: HttpRequest) -> HttpResponse:
    """The list."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    page = Paginator(pins.pins_of(tenant), ROWS).get_page(request.GET.get("page"))
    context = {
        "section": "pins",
        "page": page,
        "rows": _rows(list(page)),
        "ended": pins.ended_of(tenant)[:ENDED],
        "may_manage": may(request.user, tenant, Permission.REPOSITORY_MANAGE),
    }
    return render(request, "registry/pins.html", context)


def _rows(held: list[HeldTag]) -> list[Row]:
    repositories = {pin.grant.repository_id for pin in held}
    tags = Tag.objects.filter(repository__in=repositories, name__in={pin.name for pin in held})
    now = {(tag.repository_id, tag.name): tag for tag in tags.select_related("manifest")}
    return [Row(pin, _shown(pin, now.get((pin.grant.repository_id, pin.name)))) for pin in held]


def _shown(pin: HeldTag, tag: Tag | None) -> str:
    return tag.manifest.digest if tag and pin.grant.shows(tag.name, tag.stream) else ""
