"""The tab that compares: two releases of an image, or the image with another one of the same catalogue.

Where one release is all there is, as on the free tier, another image is what it can be compared with. Not in charge
of what differs (`catalog.comparing`).
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from catalog import comparing, search
from catalog.models import Image, Release
from catalog.pages import choosing
from registry import visibility
from registry.models import Grant
from registry.visibility import View
from tenants.compiled import compiled
from tenants.models import Tenant

#: Other images offered; any is found by its name in the address.
OTHERS = 60
#: So many letters in common make two names those of one thing: php and php-fpm.
ALIKE = 3


def compared(
    request: HttpRequest, *, tenant: Tenant, name: str, image: Image | None, view: View, release: Release
) -> dict[str, Any]:
    """Context of the tab: `?a=` and `?b=` name two releases, `?with=` another image."""
    others = _others(tenant, name, image) if image is not None else []
    asked = (request.GET.get("a", "").strip(), request.GET.get("b", "").strip())
    other = request.GET.get("with", "").strip()
    before, after = (None, None) if other else choosing.pair(view, *asked)
    if not other and not any(asked) and before is None and others and len(choosing.choices(view)) == 1:
        other = others[0]
    if other:
        return {"others": others, "asked": asked, **_with(tenant, release, other)}
    unknown = [
        name[:200] for name, found in zip(asked, (before, after), strict=True) if name and found is None
    ]
    return {"others": others, "asked": asked, "unknown": unknown, **_both(before, after)}


def _with(tenant: Tenant, release: Release, name: str) -> dict[str, Any]:
    """`release` and the newest of the image `name`."""
    view = visibility.find(tenant=tenant, name=name)
    image = search.image_behind(view) if view is not None else None
    newest = choosing.newest_shown(image, view)[0] if image is not None and view is not None else None
    unknown = [] if newest is not None else [name[:200]]
    return {"against": name[:200], "unknown": unknown, **_both(release, newest)}


def _both(before: Release | None, after: Release | None) -> dict[str, Any]:
    both = comparing.compared(before, after) if before is not None and after is not None else None
    return {"before": before, "after": after, "compared": both}


def _others(tenant: Tenant, name: str, image: Image) -> list[str]:
    """Names of other images that can be pulled: those with the likest names first, then those of its category."""
    # Keys first: to sort all that is granted by what its image is takes longer than the rest of the page.
    names = _granted_among(tenant.pk, _of_kind(image.category, image.repository_id))
    if len(names) < OTHERS:
        grants = Grant.objects.of(tenant.pk).in_force().order_by("name")
        rest = grants.filter(repository__image__newest__isnull=False).exclude(name__in=[name, *names])
        names += rest.values_list("name", flat=True)[: OTHERS - len(names)]
    return sorted(names, key=lambda other: name[:ALIKE] != other[:ALIKE])


@compiled
def _of_kind(category: str, but: int) -> QuerySet[Image, int]:
    """Repositories of the images of a category that have a release, but one."""
    found = Image.objects.filter(category=category, newest_at__isnull=False).exclude(repository=but)
    return found.order_by().values_list("repository_id", flat=True)


@compiled
def _granted_among(tenant: int, repositories: list[int]) -> QuerySet[Grant, str]:
    """Names of the first of these that a tenant is granted."""
    near = Grant.objects.of(tenant).in_force().filter(repository__in=repositories)
    return near.order_by("name").values_list("name", flat=True)[:OTHERS]
