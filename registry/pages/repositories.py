"""A tenant's own repositories: the list, one of them with its tags and settings, a new one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import repositories
from registry.errors import RegistryError
from registry.models import Repository, Tag
from registry.pages.places import repository_for
from tenants.access import may, person_for, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission
from tenants.sessions import client_address

ROWS = 50


class SettingsForm(forms.Form):
    """What an admin may set of a repository; the rules are `repositories.change`'s."""

    is_public = forms.BooleanField(
        required=False,
        label=gettext_lazy("Anyone may pull, without a token"),
    )
    immutable_tags = forms.CharField(
        required=False,
        max_length=3000,
        label=gettext_lazy("Tags that never move"),
        help_text=gettext_lazy(
            "Patterns such as v* or *-release, with spaces between. What matches once is fixed for good."
        ),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )
    retention_days = forms.IntegerField(
        label=gettext_lazy("Days to keep what a tag left"),
        min_value=1,
        max_value=repositories.MOST_DAYS,
    )

    @property
    def patterns(self) -> list[str]:
        return str(self.cleaned_data["immutable_tags"]).replace(",", " ").split()


def index(request: HttpRequest) -> HttpResponse:
    """The list; POST makes a repository."""
    if request.method != "POST":
        return _index(request, tenant_for(request, Permission.IMAGE_VIEW))
    tenant = tenant_for(request, Permission.REPOSITORY_MANAGE)
    name = request.POST.get("name", "").strip()[:300]
    try:
        repositories.make(
            tenant=tenant, name=name, actor=person_for(request), address=client_address(request)
        )
    except RegistryError as refused:
        return _index(request, tenant, asked=name, refused=refused)
    messages.success(request, _("%(name)s is made; push to it.") % {"name": name})
    return redirect("repository", name=name)


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One repository; POST changes its settings."""
    if request.method != "POST":
        tenant, repository = repository_for(request, name, Permission.IMAGE_VIEW)
        return _page(request, tenant, repository, SettingsForm(initial=_initial(repository)))
    tenant, repository = repository_for(request, name, Permission.REPOSITORY_MANAGE)
    form = SettingsForm(request.POST)
    if form.is_valid():
        try:
            repositories.change(
                repository=repository,
                is_public=form.cleaned_data["is_public"],
                immutable_tags=form.patterns,
                retention_days=form.cleaned_data["retention_days"],
                actor=person_for(request),
                address=client_address(request),
            )
        except RegistryError as refused:
            form.add_error("immutable_tags", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("repository", name=name)
    return _page(request, tenant, repository, form)


def _initial(repository: Repository) -> dict[str, Any]:
    return {
        "is_public": repository.is_public,
        "immutable_tags": " ".join(repository.immutable_tags),
        "retention_days": repository.retention_days,
    }


def _index(request: HttpRequest, tenant: Tenant, **more: Any) -> HttpResponse:
    context = {
        "section": "repositories",
        "page": Paginator(repositories.owned(tenant), ROWS).get_page(request.GET.get("page")),
        "may_manage": may(request.user, tenant, Permission.REPOSITORY_MANAGE),
        **more,
    }
    return render(request, "registry/repositories.html", context, status=422 if more else 200)


def _page(request: HttpRequest, tenant: Tenant, repository: Repository, form: SettingsForm) -> HttpResponse:
    tags = (
        Tag.objects.filter(repository=repository).select_related("manifest").order_by("-updated_at", "name")
    )
    context = {
        "section": "repositories",
        "repository": repository,
        "name": repository.name,
        "page": Paginator(tags, ROWS).get_page(request.GET.get("page")),
        "form": form,
        "may_manage": may(request.user, tenant, Permission.REPOSITORY_MANAGE),
    }
    return render(request, "registry/repository.html", context, status=422 if form.errors else 200)
