"""Grants: the names a tenant knows repositories by, and the rules of what it sees; the list, and one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import VersionStream
from portal.platform.asked import words_of
from portal.platform.tenant_facts import of_tenant, tenant_called
from registry import grants
from registry.errors import RegistryError
from registry.models import Grant
from tenants.access import platform_for
from tenants.roles import PlatformPermission
from tenants.sessions import client_address

ROWS = 50
_MONO = {"class": "mono", "spellcheck": "false", "autocomplete": "off"}
_WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class RuleForm(forms.Form):
    """What may be set of a grant; the rules are `registry.grants`'."""

    name = forms.CharField(
        max_length=200, label=gettext_lazy("Name on the tenant's host"), widget=forms.TextInput(_MONO)
    )
    tag_patterns = forms.CharField(
        max_length=1000,
        label=gettext_lazy("Tags"),
        help_text=gettext_lazy("Patterns with spaces between; * is all of them."),
        widget=forms.TextInput(_MONO),
    )
    streams = forms.CharField(
        max_length=1000,
        required=False,
        label=gettext_lazy("Version streams"),
        help_text=gettext_lazy("Names with spaces between; empty is all of them."),
        widget=forms.TextInput(_MONO),
    )
    is_latest_only = forms.BooleanField(required=False, label=gettext_lazy("Only latest, and nothing it was"))
    starts_at = forms.DateTimeField(required=False, label=gettext_lazy("Starts (UTC)"), widget=_WHEN)
    ends_at = forms.DateTimeField(required=False, label=gettext_lazy("Ends (UTC)"), widget=_WHEN)
    is_on_hold = forms.BooleanField(required=False, label=gettext_lazy("On hold: nothing is shown"))

    @property
    def rule(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        lists = {name: cleaned[name].split() for name in ("tag_patterns", "streams")}
        return {**cleaned, **lists}


def index(request: HttpRequest, slug: str) -> HttpResponse:
    """All that the tenant sees, by its name there; `?q=` keeps those with that in a name, `?state=ruled` unusual ones."""
    platform_for(request, PlatformPermission.TENANT_VIEW)
    tenant, words, state = tenant_called(slug), words_of(request), request.GET.get("state", "")
    found = Grant.objects.of(tenant.pk)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(repository__name__icontains=word))
    ruled = found.exclude(
        name=F("repository__name"), tag_patterns=["*"], streams=[], is_latest_only=tenant.is_open,
        starts_at=None, ends_at=None, is_on_hold=False,
    )  # fmt: skip
    counts = {"all": found.count(), "ruled": ruled.count()}
    state = "ruled" if state == "ruled" else ""
    rows = (ruled if state else found).select_related("repository").order_by("name")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = of_tenant(tenant, "grants", page=page, asked=words, state=state, counts=counts)
    return render(request, "platform/grants.html", context)


def page(request: HttpRequest, slug: str, grant_id: int) -> HttpResponse:
    """The grant; POST changes it."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    found = (
        Grant.objects.filter(pk=grant_id, tenant__slug=slug).select_related("tenant", "repository").first()
    )
    if found is None:
        raise Http404
    form = RuleForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            grants.change(given=found, actor=admin, address=client_address(request), **form.rule)
        except RegistryError as refused:
            form.add_error(None, f"{refused} {refused.slug}")
        else:
            messages.success(request, _("Saved. It shows within 5 seconds."))
            return redirect("platform-grants", slug=slug)
    streams = VersionStream.objects.filter(image__repository=found.repository).order_by("name")
    context = {"section": "tenants", "grant": found, "shown": found.tenant, "form": form, "streams": streams}
    return render(request, "platform/grant.html", context, status=422 if form.errors else 200)


def _initial(grant: Grant) -> dict[str, Any]:
    kept = ("name", "is_latest_only", "starts_at", "ends_at", "is_on_hold")
    lists = {"tag_patterns": " ".join(grant.tag_patterns), "streams": " ".join(grant.streams)}
    return {name: getattr(grant, name) for name in kept} | lists
