"""Change a tag: keep it or let it follow (a granted image's), turn it back or delete it (one's own).

Each asks first and says what stays. Not in charge of what may be done: `registry.pins`, `rollback`, `tags`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from registry import history, pins, remove, rollback
from registry.errors import RegistryError
from registry.history import Kept
from registry.pages.places import TagAt, tag_for
from registry.pages.tag import shown
from tenants.access import person_for
from tenants.roles import Permission
from tenants.sessions import client_address

MANAGE = Permission.REPOSITORY_MANAGE


def move(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Ask, then pin the tag to `digest` or turn it back to it, with a reason."""
    place = tag_for(request, name, tag, MANAGE)
    digest = (request.POST if request.method == "POST" else request.GET).get("digest", "")[:140]
    if digest not in _digests(place):
        raise Http404
    if request.method != "POST":
        return _ask(request, place, "registry/tag_move.html", digest=digest)
    reason = request.POST.get("reason", "").strip()[:200]
    words = {"name": f"{name}:{tag}"}
    try:
        if place.is_own:
            rollback.roll_back(
                repository=place.view.repository, name=tag, digest=digest, reason=reason, **_by(request)
            )
            messages.success(request, _("%(name)s is back where it was.") % words)
        else:
            pins.pin(view=place.view, name=tag, digest=digest, reason=reason, **_by(request))
            messages.success(request, _("%(name)s stays where it is, for you alone.") % words)
    except RegistryError as refused:
        return _ask(request, place, "registry/tag_move.html", digest=digest, reason=reason, refused=refused)
    return redirect("tag", name=name, tag=tag)


@require_POST
def unpin(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Let a pinned tag follow its source again."""
    place = tag_for(request, name, tag, MANAGE)
    if place.view.grant is None:
        raise Http404
    try:
        pins.unpin(grant=place.view.grant, name=tag, **_by(request))
    except RegistryError as refused:
        messages.error(request, str(refused))
    else:
        said = _("%(name)s follows its source again. The pin can be made anew below.")
        messages.success(request, said % {"name": f"{name}:{tag}"})
    return redirect("pins")


def delete(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Ask, then delete a tag of one's own."""
    place = tag_for(request, name, tag, MANAGE)
    if not place.is_own or place.view.tagged(tag) is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, place, "registry/tag_delete.html")
    try:
        remove.remove_tag(repository=place.view.repository, name=tag, **_by(request))
    except RegistryError as refused:
        return _ask(request, place, "registry/tag_delete.html", refused=refused)
    messages.success(request, _("%(name)s is deleted.") % {"name": f"{name}:{tag}"})
    return redirect("repository", name=name)


def _digests(place: TagAt) -> set[str]:
    """Digests that this tag's history names for this tenant."""
    moved = history.moves(place.view, place.tag)
    return {digest for digest in moved.values_list("manifest__digest", flat=True) if digest}


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": person_for(request), "address": client_address(request)}


def _ask(request: HttpRequest, place: TagAt, template: str, **more: Any) -> HttpResponse:
    context = {**shown(place), **more}
    if digest := more.get("digest"):
        context["is_kept"] = history.kept_of(place.view, [digest])[digest] is Kept.HERE
    return render(request, template, context, status=422 if "refused" in more else 200)
