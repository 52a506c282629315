"""What a tenant may pull: the catalogue searched, filtered and ticked; all that a search finds; and an undo of each change.

A form changes the rows that it shows and that were ticked otherwise, nothing else, so that of two admins at once neither
takes back what the other did. Not in charge of what a change is (`catalog.entitlements`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog import entitlements, promised
from catalog.models import Image
from catalog.pages.filters import Filter, address, narrowing
from catalog.promised import Asked, Found, Kind, State
from portal.platform.tenant_facts import of_tenant, tenant_called
from tenants.access import platform_for
from tenants.models import AuditEntry, Tenant
from tenants.roles import PlatformPermission
from tenants.sessions import client_address

ROWS, NAMES = 25, 200
PAGES = {Kind.IMAGES: "platform-tenant", Kind.CHARTS: "platform-tenant-charts"}


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made, for its notice."""

    entry: AuditEntry
    is_undone: bool

    @property
    def added(self) -> list[str]:
        return list(self.entry.data["added"])

    @property
    def withdrawn(self) -> list[str]:
        return list(self.entry.data["withdrawn"])


def page(request: HttpRequest, slug: str, kind: Kind) -> HttpResponse:
    """Images or charts, a page of them; POST changes what was ticked otherwise than it was shown."""
    needed = PlatformPermission.TENANT_EDIT if request.method == "POST" else PlatformPermission.TENANT_VIEW
    admin = platform_for(request, needed)
    tenant = tenant_called(slug)
    if request.method == "POST":
        shown, was, ticked = (set(request.POST.getlist(name)) for name in ("shown", "was", "ticked"))
        entry = entitlements.change(
            tenant=tenant,
            give=shown & ticked - was,
            take=shown & was - ticked,
            actor=admin,
            address=client_address(request),
        )
        return _back(request, tenant, kind, entry, request.GET)
    asked = Asked.read(kind, request.GET.dict())
    found = promised.found(tenant=tenant, asked=asked, page=request.GET.get("page"), rows=ROWS)
    context = of_tenant(
        tenant,
        kind,
        page=found.page,
        found=found,
        wanted=found.asked,
        choices={"filters": _filters(request.GET, found)},
        done=_done(tenant, request.GET.get("done", "")),
        here=reverse(PAGES[kind], kwargs={"slug": slug}),
    )
    return render(request, "platform/tenant.html", context)


def every(request: HttpRequest, slug: str, kind: Kind) -> HttpResponse:
    """Ask, then grant or take away (`verb`) all that a question finds: those that were asked about, or none."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    tenant = tenant_called(slug)
    given = request.POST if request.method == "POST" else request.GET
    asked, verb = Asked.read(kind, given.dict()), given.get("verb", "")
    if verb not in {"give", "take"}:
        raise Http404
    keys = promised.keys_of(
        tenant=tenant, asked=asked, state=State.OTHERS if verb == "give" else State.GRANTED
    )
    seen = sha256("\n".join(keys).encode()).hexdigest()
    if request.method == "POST" and keys and given.get("seen") == seen:
        entry = entitlements.change(
            tenant=tenant,
            give=keys if verb == "give" else (),
            take=keys if verb == "take" else (),
            actor=admin,
            address=client_address(request),
        )
        return _back(request, tenant, kind, entry, QueryDict(_query(replace(asked, state=""))))
    has_changed = request.method == "POST"
    context = of_tenant(
        tenant,
        kind,
        wanted=asked,
        verb=verb,
        seen=seen,
        page=Paginator(keys, NAMES).get_page(request.GET.get("page")),
        has_changed=has_changed,
        category=dict(Image.Category.choices).get(asked.category, ""),
        back=f"{reverse(PAGES[kind], kwargs={'slug': slug})}?{_query(asked)}",
    )
    return render(request, "platform/tenant_all.html", context, status=409 if has_changed else 200)


def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """POST takes back the change with the number `done`; GET leads to the tenant's page."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    tenant = tenant_called(slug)
    if request.method != "POST":
        return redirect("platform-tenant", slug=slug)
    done = _done(tenant, request.POST.get("done", ""))
    if done is None:
        raise Http404
    kind = (
        Kind.CHARTS
        if all(name.startswith("charts/") for name in done.added + done.withdrawn)
        else Kind.IMAGES
    )
    try:
        entry = entitlements.undo(entry=done.entry, actor=admin, address=client_address(request))
    except entitlements.AlreadyUndone as refused:
        messages.error(request, str(refused))
        return redirect(PAGES[kind], slug=slug)
    return _back(request, tenant, kind, entry, QueryDict())


def _back(
    request: HttpRequest, tenant: Tenant, kind: Kind, entry: AuditEntry | None, query: QueryDict
) -> HttpResponse:
    """To the list as it was looked at, with a notice of what was changed."""
    if entry is None:
        messages.info(request, _("Nothing was to be changed."))
    to = address(query, page=query.get("page", ""), done=str(entry.sequence) if entry else "")
    return redirect(f"{reverse(PAGES[kind], kwargs={'slug': tenant.slug})}{to.rstrip('?')}")


def _done(tenant: Tenant, number: str) -> Done | None:
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    entry = entitlements.made_as(tenant=tenant, sequence=int(number))
    return Done(entry, entitlements.is_undone(entry)) if entry else None


def _query(asked: Asked) -> str:
    """The parameters of a question, without its words' correction and page."""
    return urlencode({name: value for name, value in {"q": asked.text, **asked.filters}.items() if value})


def _filters(query: QueryDict, found: Found) -> list[Filter]:
    states: list[tuple[str, Any]] = [
        (State.GRANTED, _("Granted")), (State.OTHERS, _("Not granted")), (State.FREE, _("Free for all")),
    ]  # fmt: skip
    values = {
        "state": (_("Access"), states), "category": (_("Category"), list(Image.Category.choices)),
    }  # fmt: skip
    offered = [
        narrowing(
            query, name, label, choices,
            chosen=found.asked.filters.get(name, ""), counts=found.counts[name], total=found.totals[name],
        )
        for name, (label, choices) in values.items()
    ]  # fmt: skip
    return [one for one in offered if one.choices]
