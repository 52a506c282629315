"""The wizard: five steps from a base image to an order. Works without a script; htmx makes it live.

The draft lives in the session until Build is pressed. Not in charge of what may be ordered: `builds.order`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from builds import order
from builds.models import Recipe
from builds.pages import answers as drafts
from builds.pages import packages
from builds.pages.actor import actor_of
from builds.pages.answers import Answers
from builds.pages.bases import Bases, bases
from builds.pages.usual import usual_seconds
from builds.recipes import name_error
from builds.refusals import FieldError, IndexNotReady, OrderRefused
from catalog import search
from catalog.models import VersionStream
from tenants.access import person_for, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

STEPS = {
    "base": gettext_lazy("Base"),
    "packages": gettext_lazy("Packages"),
    "start-up": gettext_lazy("Start-up"),
    "files": gettext_lazy("Files and certificates"),
    "review": gettext_lazy("Review"),
}
NAMES = list(STEPS)
#: Which step asks for a field of an order; what is not here is shown on the review.
STEP_OF = {
    "name": "base", "tag": "base", "base": "base", "packages": "packages", "remove": "packages",
    "certificates": "files", "files": "files", "entrypoint": "start-up", "cmd": "start-up", "env": "start-up", "labels": "start-up", "user": "start-up",
    "workdir": "start-up",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Solved:
    """The panel beside each step: the preview, or why there is none."""

    preview: order.Preview | None
    errors: list[FieldError]
    waiting: str
    milliseconds: int


def begin(request: HttpRequest) -> HttpResponse:
    """Start a draft: empty, upon `?base=image:stream`, or from the newest revision of `?recipe=`."""
    tenant = tenant_for(request, Permission.RECIPE_EDIT)
    started = Answers(base=request.GET.get("base", "")[:250])
    if name := request.GET.get("recipe", ""):
        recipe = Recipe.objects.filter(name=name).first()
        revision = recipe.revisions.order_by("-number").first() if recipe else None
        if revision is None:
            raise Http404
        started = drafts.of_revision(revision, _base_name(tenant, revision.base))
    drafts.save(request, started)
    return redirect("wizard", step="base")


def step(request: HttpRequest, step: str) -> HttpResponse:
    """One step: shown, or taken and followed by a redirect so that reloading sends nothing twice."""
    tenant = tenant_for(request, Permission.RECIPE_EDIT)
    if step not in STEPS:
        raise Http404
    draft = drafts.load(request)
    if request.method == "POST":
        return _take(request, tenant, step, draft)
    if step != "base" and not draft.base:
        return redirect("wizard", step="base")
    if request.headers.get("HX-Target") == "bases":
        return render(
            request, "builds/_bases.html", {"bases": _bases(request, tenant, draft), "draft": draft}
        )
    return render(request, "builds/wizard.html", _context(request, tenant, step, draft))


def search_packages(request: HttpRequest) -> HttpResponse:
    """Search results alone, for searching as you type."""
    tenant = tenant_for(request, Permission.RECIPE_EDIT)
    context = _search(request.GET.get("q", ""), tenant, drafts.load(request))
    return render(request, "builds/_package_results.html", context)


def _take(request: HttpRequest, tenant: Tenant, step: str, draft: Answers) -> HttpResponse:
    posted = request.POST
    if step == "base":
        fields = {
            name: posted.get(name, getattr(draft, name)).strip()[:250] for name in ("name", "tag", "base")
        }
        draft = replace(draft, **fields)
    elif step == "packages":
        draft = draft.with_packages(posted.get("add", "")).without_package(posted.get("remove", ""))
        draft = draft.taking_away(posted.get("take", "")).keeping(posted.get("keep", ""))
    elif step == "start-up":
        draft = drafts.read_start_up(draft, posted)
    elif step == "files":
        draft = drafts.read_files(draft, posted)
    drafts.save(request, draft)
    if posted.get("go") == "build":
        return _order(request, tenant, draft)
    # Enter in a search field presses the form's first button; words that are new are meant to be searched.
    if posted.get("go") != "next" or posted.get("q", "") != posted.get("searched", ""):
        return _back(step, q=posted.get("q", ""), page=posted.get("page", ""))
    if _missing(draft) or any(_step_of(error) == step for error in _solve(tenant, draft).errors):
        return _back(step, checked="1")
    return redirect("wizard", step=NAMES[min(NAMES.index(step) + 1, len(NAMES) - 1)])


def _back(step: str, **query: str) -> HttpResponse:
    """To the same step again, keeping what is asked for there."""
    kept = urlencode({name: value for name, value in query.items() if value})
    return redirect(reverse("wizard", kwargs={"step": step}) + (f"?{kept}" if kept else ""))


def _bases(request: HttpRequest, tenant: Tenant, draft: Answers) -> Bases:
    query = request.GET
    return bases(tenant=tenant, text=query.get("q", ""), page=query.get("page"), chosen=draft.base)


def _missing(draft: Answers) -> list[FieldError]:
    """What no draft can go on without."""
    found = [] if draft.name else [FieldError("name", "name-missing", _("Give the golden image a name."))]
    return found if draft.base else [
        *found, FieldError("base", "base-missing", _("Choose the image to build upon."))
    ]  # fmt: skip


def _order(request: HttpRequest, tenant: Tenant, draft: Answers) -> HttpResponse:
    tenant_for(request, Permission.BUILD_START)
    person = person_for(request)
    base = _stream(tenant, draft.base)
    customisation, errors = draft.customisation()
    if base is None or errors:
        return redirect("wizard", step="review")
    try:
        build = order.order_golden(
            tenant=tenant,
            name=draft.name,
            base=base,
            customisation=customisation,
            actor=actor_of(person),
            user=person,
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except (OrderRefused, IndexNotReady) as refused:
        messages.error(request, str(refused))
        return redirect("wizard", step="review")
    drafts.forget(request)
    return redirect("build", build_id=build.pk)


def _context(request: HttpRequest, tenant: Tenant, step: str, draft: Answers) -> dict[str, Any]:
    solved = _solve(tenant, draft)
    context: dict[str, Any] = {
        "section": "golden",
        "step": step,
        "title": STEPS[step],
        "steps": [(name, label, NAMES.index(name) < NAMES.index(step)) for name, label in STEPS.items()],
        "number": NAMES.index(step) + 1,
        "draft": draft,
        "solved": solved,
        "usual": usual_seconds(tenant),
        "errors": _by_field([*solved.errors, *(_missing(draft) if request.GET.get("checked") else [])]),
        "elsewhere": [(_step_of(error), error) for error in [*solved.errors, *_missing(draft)]],
    }
    context["next_label"] = STEPS[NAMES[NAMES.index(step) + 1]] if step != "review" else ""
    if step == "base":
        context["bases"] = _bases(request, tenant, draft)
    if step == "packages":
        context |= _search(request.GET.get("q", ""), tenant, draft)
    return context


def _solve(tenant: Tenant, draft: Answers) -> Solved:
    base = _stream(tenant, draft.base)
    if base is None:
        errors = [FieldError("base", "base-unknown", _("There is no such image in your catalogue."))]
        return Solved(None, errors if draft.base else [], "", 0)
    customisation, errors = draft.customisation()
    started = perf_counter()
    try:
        found = order.preview(tenant=tenant, base=base, customisation=customisation)
    except IndexNotReady as waiting:
        return Solved(None, errors, str(waiting), 0)
    if draft.name and (wrong := name_error(tenant=tenant, name=draft.name)):
        errors.append(wrong)
    elapsed = round((perf_counter() - started) * 1000)
    return Solved(found, [*errors, *found.errors], "", elapsed)


def _search(text: str, tenant: Tenant, draft: Answers) -> dict[str, Any]:
    base = _stream(tenant, draft.base) if text else None
    try:
        found = packages.find(text, suite=base.spec.get("suite", "") if base else "")
    except IndexNotReady as waiting:
        return {"q": text, "found": [], "waiting": str(waiting), "draft": draft}
    return {"q": text, "found": found, "draft": draft}


def _stream(tenant: Tenant, base: str) -> VersionStream | None:
    image, colon, name = base.rpartition(":")
    return search.stream_of(tenant=tenant, image=image, stream=name) if colon else None


def _base_name(tenant: Tenant, stream: VersionStream) -> str:
    image = search.images_of(tenant).filter(pk=stream.image_id).first()
    return f"{getattr(image, 'shown_name', '')}:{stream.name}" if image else ""


def _step_of(error: FieldError) -> str:
    return STEP_OF.get(_root(error.field), "review")


def _root(field: str) -> str:
    return field.partition("[")[0].partition(".")[0]


def _by_field(errors: list[FieldError]) -> dict[str, list[FieldError]]:
    grouped: dict[str, list[FieldError]] = {}
    for error in errors:
        grouped.setdefault(_root(error.field), []).append(error)
    return grouped
