"""One build: its steps and log while it runs, its result when it has ended.

The progress part is one fragment, in the page and alone. While a build runs htmx asks for it each second;
without a script the page reloads itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from builds import capabilities, order
from builds.cancel import CANCELLABLE, CannotCancel, cancel
from builds.models import Build, BuildStep
from builds.pages.actor import actor_of
from builds.pages.log import parts
from builds.pages.usual import usual_seconds
from builds.refusals import IndexNotReady, OrderRefused
from catalog import search
from catalog.comparing import package_changes
from catalog.models import Release
from catalog.pages.hallmarks import evidence_of, hallmarks
from tenants.access import may, person_for, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

LABELS = {
    "fetch": gettext_lazy("Fetch packages"),
    "assemble": gettext_lazy("Assemble layers"),
    "scan": gettext_lazy("Scan"),
    "test": gettext_lazy("Test in the sandbox"),
    "push": gettext_lazy("Push by digest"),
    "sign": gettext_lazy("Sign and attest"),
    "publish": gettext_lazy("Publish"),
}
#: Lines of a running build's log; the whole log is shown when it has ended.
LIVE_LINES = 400
WHOLE_LOG = 20_000


def page(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """The build page; htmx gets its progress alone."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    build = _build(tenant, build_id)
    context = progress_of(build)
    if request.headers.get("HX-Target") == "progress":
        response = render(request, "builds/_progress.html", context | {"alone": True})
        if build.has_ended:
            response["HX-Refresh"] = "true"
        return response
    context |= {"section": "builds", "may_build": may(request.user, tenant, Permission.BUILD_START)}
    context |= _result(build)
    return render(request, "builds/build.html", context)


@require_POST
def cancel_build(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Cancel, and say so when it was too late."""
    tenant = tenant_for(request, Permission.BUILD_START)
    build = _build(tenant, build_id)
    try:
        cancel(build=build, actor=actor_of(person_for(request)), address=request.META.get("REMOTE_ADDR", ""))
    except CannotCancel as error:
        messages.error(request, str(error))
    return redirect("build", build_id=build.pk)


@require_POST
def again(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Order the same revision again, upon its base as it is now."""
    tenant = tenant_for(request, Permission.BUILD_START)
    build = _build(tenant, build_id)
    if build.revision is None:
        raise Http404
    try:
        ordered = order.order_revision(
            revision=build.revision,
            actor=actor_of(person_for(request)),
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except (OrderRefused, IndexNotReady) as error:
        messages.error(request, str(error))
        return redirect("build", build_id=build.pk)
    return redirect("build", build_id=ordered.pk)


def _build(tenant: Tenant, build_id: UUID) -> Build:
    build = (
        Build.objects.filter(tenant=tenant, pk=build_id)
        .select_related("revision__recipe", "revision__base__image")
        .defer("spec")
        .first()
    )
    if build is None:
        raise Http404
    return build


def progress_of(build: Build) -> dict[str, Any]:
    """What the progress fragment shows: steps with their seconds, the newest lines, what runs now."""
    steps = [(step, LABELS.get(step.name, step.name), _seconds(step)) for step in build.steps.all()]
    most = WHOLE_LOG if build.has_ended else LIVE_LINES
    log = list(reversed(build.log.order_by("-number")[:most]))
    current = next((label for step, label, _ in steps if step.state == BuildStep.State.RUNNING), None)
    return {
        "build": build,
        "steps": steps,
        "log": parts(log, LABELS),
        "current": current if not build.has_ended else None,
        "may_cancel": build.state in CANCELLABLE,
    }


def _result(build: Build) -> dict[str, Any]:
    if build.revision is None:
        return {}
    name = build.revision.recipe.name
    release = (
        Release.objects.filter(repository__tenant=build.tenant_id, repository__name=name, digest=build.digest)
        .defer("spec", "lock")
        .first()
        if build.digest
        else None
    )
    return {
        "name": name,
        "release": release,
        "tag": build.revision.customisation.get("tag") or "latest",
        "packages": sum(len(each) for each in build.lock.get("packages", {}).values()),
        "usual": usual_seconds(build.tenant),
        **_earned(build, release),
    }


def _earned(build: Build, release: Release | None) -> dict[str, Any]:
    """The hallmarks of what was published, and how it differs from the release before it."""
    if release is None:
        return {}
    found: dict[str, Any] = {
        "marks": hallmarks(release, evidence_of([release]).get(release.pk, frozenset())),
    }
    before = search.release_before(release)
    if before is not None:
        found |= {"before": before, "size_change": release.size - before.size}
        found["changes"] = list(package_changes(before, release))
    against = before or capabilities.base_of(build)
    found["against"] = against
    found["difference"] = capabilities.difference(capabilities.of_release(against), build)
    return found


def _seconds(step: BuildStep) -> float | None:
    if step.started_at is None:
        return None
    until: datetime = step.ended_at or timezone.now()
    return max(0.0, (until - step.started_at).total_seconds())
