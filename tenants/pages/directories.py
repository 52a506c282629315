"""The directories of a tenant: the list, one of them, adding, changing, syncing, removing."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tenants.access import tenant_for
from tenants.directory import settings as directory_settings
from tenants.directory.sync import sync
from tenants.models import Directory, Membership
from tenants.pages.directory_form import DirectoryForm
from tenants.pages.doing import is_done, is_saved
from tenants.roles import Permission

ROWS = 50


def directory_for(request: HttpRequest, pk: int) -> Directory:
    """The tenant's directory with this key, for someone who manages them. Raises as `tenant_for`."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    found = Directory.unscoped.filter(tenant=tenant, pk=pk).select_related("tenant").first()
    if found is None:
        raise Http404
    return found


def index(request: HttpRequest) -> HttpResponse:
    """All of them, with how many people each lets in."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    admitted = Count("people", filter=Q(people__is_active=True))
    rows = Directory.unscoped.filter(tenant=tenant).annotate(admitted=admitted).order_by("name")
    return render(request, "tenants/directories.html", {"section": "directories", "rows": rows})


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One directory: its newest sync, and who has access now and why."""
    directory = directory_for(request, pk)
    members = (
        Membership.objects.filter(directory=directory, user__is_active=True)
        .select_related("user")
        .order_by("user__directory_login", "pk")
    )
    context = {
        "section": "directories",
        "directory": directory,
        "page": Paginator(members, ROWS).get_page(request.GET.get("page")),
    }
    return render(request, "tenants/directory.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new directory."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    return _form(request, Directory(tenant=tenant))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of one."""
    return _form(request, directory_for(request, pk))


@require_POST
def sync_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Re-read everyone it admitted, now."""
    directory = directory_for(request, pk)
    done = sync(directory=directory)
    if done.trouble:
        messages.error(request, _("The directory could not be read. %(why)s") % {"why": done.trouble})
    else:
        text = ngettext("%(n)s person kept", "%(n)s people kept", done.kept) % {"n": done.kept}
        messages.success(request, _("%(kept)s, %(gone)s withdrawn.") % {"kept": text, "gone": done.withdrawn})
    return redirect("directory", pk=pk)


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, and on a second step remove it with everyone it admitted."""
    directory = directory_for(request, pk)
    if request.method != "POST":
        context = {"section": "directories", "directory": directory, "people": directory.people.count()}
        return render(request, "tenants/directory_remove.html", context)
    if not is_done(request, directory_settings.remove, directory=directory):
        return redirect("directory", pk=pk)
    messages.success(request, _("%(name)s is removed.") % {"name": directory.name})
    return redirect("directories")


def _form(request: HttpRequest, directory: Directory) -> HttpResponse:
    name = directory.name
    form = DirectoryForm(request.POST or None, instance=directory)
    if is_saved(request, form, directory_settings.save, directory=directory):
        messages.success(request, _("Saved. Test it with somebody's name before you rely on it."))
        return redirect("directory-test", pk=directory.pk)
    context = {"section": "directories", "form": form, "directory": directory, "name": name}
    return render(request, "tenants/directory_edit.html", context, status=422 if form.errors else 200)
