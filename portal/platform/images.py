"""The platform's own repositories: their tags, what each was, turning one back, withdrawing a digest.

Not in charge of what is built or offered: the catalogue is. Tenants' repositories are theirs.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.platform.asked import words_of
from registry import history, rollback, warnings, withdraw
from registry.errors import RegistryError
from registry.history import Kept
from registry.models import Grant, Repository, RepositoryManifest, Tag, companions
from registry.visibility import View
from tenants.access import platform_for, platform_rights_at
from tenants.models import User
from tenants.roles import PlatformPermission
from tenants.sessions import client_address

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """Every repository of the platform; `?q=` keeps those with that in a name, or of an image that is called so."""
    platform_for(request, PlatformPermission.IMAGE_VIEW)
    words = words_of(request)
    found = Repository.objects.of_platform()
    for word in words.lower().split():
        found = found.filter(Q(name__icontains=word) | Q(image__names__contains=word))
    page = Paginator(found.order_by("name").values_list("pk", flat=True), ROWS).get_page(
        request.GET.get("page")
    )
    tags = Count("tags", filter=~companions("tags__"))
    rows = Repository.objects.filter(pk__in=list(page)).annotate(
        tag_count=tags, moved_at=Max("tags__updated_at"), seen_by=_seen_by()
    )
    context = {"section": "images", "asked": words, "page": page, "rows": rows.order_by("name")}
    return render(request, "platform/images.html", context)


def page(request: HttpRequest, name: str) -> HttpResponse:
    """The tags of one, those that moved last first; `?q=` keeps those with that in their name."""
    platform_for(request, PlatformPermission.IMAGE_VIEW)
    repository, words = _repository(name), words_of(request)
    tags = Tag.objects.filter(repository=repository).exclude(companions()).select_related("manifest")
    for word in words.split():
        tags = tags.filter(name__icontains=word)
    context = {
        "section": "images",
        "name": name,
        "page": Paginator(tags.order_by("-updated_at", "name"), ROWS).get_page(request.GET.get("page")),
        "asked": words,
        "seen_by": repository.grants.count(),
    }
    return render(request, "platform/image.html", context)


def tag(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Where a tag is, and how it moved."""
    platform_for(request, PlatformPermission.IMAGE_VIEW)
    view = _view(name, tag)
    rows = Paginator(history.narrowly(history.moves(view, tag)), ROWS).get_page(request.GET.get("page"))
    context = _shown(view, tag) | {
        "page": rows,
        "lines": history.lines(view, rows.object_list),
        "may_manage": PlatformPermission.IMAGE_MANAGE in platform_rights_at(request),
    }
    return render(request, "platform/tag.html", context)


def move(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Ask, then turn a tag back to `digest`, with a reason."""
    admin = platform_for(request, PlatformPermission.IMAGE_MANAGE)
    view, digest = _view(name, tag), _digest(request)
    if not history.moves(view, tag).filter(manifest__digest=digest).exists():
        raise Http404
    if request.method != "POST":
        return _ask(request, view, tag, digest, "platform/tag_move.html")
    reason = _reason(request)
    try:
        rollback.roll_back(
            repository=view.repository, name=tag, digest=digest, reason=reason, **_by(request, admin)
        )
    except RegistryError as refused:
        return _ask(request, view, tag, digest, "platform/tag_move.html", reason=reason, refused=refused)
    messages.success(request, _("%(name)s is back where it was.") % {"name": f"{name}:{tag}"})
    return redirect("platform-tag", name=name, tag=tag)


def mark(request: HttpRequest, name: str, tag: str) -> HttpResponse:
    """Ask, then withdraw `digest`, with a reason; or take that back, with none."""
    admin = platform_for(request, PlatformPermission.IMAGE_MANAGE)
    view, digest = _view(name, tag), _digest(request)
    link = RepositoryManifest.objects.filter(repository=view.repository, manifest__digest=digest).first()
    if link is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, view, tag, digest, "platform/withdraw.html", withdrawn=link.withdrawn)
    if "reason" not in request.POST:  # what was asked, and not its opposite when it is sent twice
        withdraw.reinstate(repository=view.repository, digest=digest, **_by(request, admin))
        messages.success(request, _("Its withdrawal is taken back."))
    else:
        reason = _reason(request)
        withdraw.withdraw(repository=view.repository, digest=digest, reason=reason, **_by(request, admin))
        messages.success(
            request, _("It is withdrawn: clients that pull it are warned, and no tag moves to it.")
        )
    return redirect("platform-tag", name=name, tag=tag)


def _seen_by() -> Coalesce:
    """How many tenants have a grant of the repository at hand."""
    grants = Grant.objects.filter(repository=OuterRef("pk")).order_by().values("repository")
    return Coalesce(Subquery(grants.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def _repository(name: str) -> Repository:
    found = Repository.objects.of_platform().filter(name=name).first()
    if found is None:
        raise Http404
    return found


def _view(name: str, tag: str) -> View:
    view = View(_repository(name))
    if not history.is_known(view, tag):
        raise Http404
    return view


def _shown(view: View, tag: str) -> dict[str, Any]:
    row = view.tagged(tag)
    return {
        "section": "images",
        "name": view.repository.name,
        "tag": tag,
        "row": row,
        "here": row.manifest.digest if row else "",
        "is_fixed": history.is_fixed(view, tag),
        "warning": warnings.sentence(row) if row else "",
    }


def _ask(request: HttpRequest, view: View, tag: str, digest: str, template: str, **more: Any) -> HttpResponse:
    is_kept = history.kept_of(view, [digest])[digest] is Kept.HERE
    context = _shown(view, tag) | {"digest": digest, "is_kept": is_kept, **more}
    return render(request, template, context, status=422 if "refused" in more else 200)


def _digest(request: HttpRequest) -> str:
    return (request.POST if request.method == "POST" else request.GET).get("digest", "")[:140]


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:200]


def _by(request: HttpRequest, admin: User) -> dict[str, Any]:
    return {"actor": admin, "address": client_address(request)}
