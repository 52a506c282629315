"""The OpenID Connect providers of a tenant: what they are, how one is set up, tried and removed."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tenants import sso
from tenants.access import tenant_for
from tenants.directory.check import Step
from tenants.models import IdentityProvider, Membership
from tenants.oidc import settings as provider_settings
from tenants.oidc.check import check
from tenants.pages.doing import is_done, is_saved
from tenants.pages.provider_form import ProviderForm
from tenants.roles import Permission, Role

WORDS = {
    "documents": gettext_lazy("Fetch its documents"),
    "issuer": gettext_lazy("Compare its name"),
    "endpoints": gettext_lazy("Find where to ask"),
    "keys": gettext_lazy("Fetch its keys"),
}
ROWS = 50
_MARKS = {"passed": "done", "failed": "failed", "skipped": "skipped"}


def provider_for(request: HttpRequest, pk: int) -> IdentityProvider:
    """The tenant's provider with this key, for someone who manages them. Raises as `tenant_for`."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    found = IdentityProvider.unscoped.filter(tenant=tenant, pk=pk).select_related("tenant").first()
    if found is None:
        raise Http404
    return found


def index(request: HttpRequest) -> HttpResponse:
    """All of them, with how many people each lets in."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    admitted = Count("people", filter=Q(people__is_active=True))
    rows = IdentityProvider.unscoped.filter(tenant=tenant).annotate(admitted=admitted).order_by("name")
    owners = Membership.objects.filter(
        tenant=tenant, role=Role.OWNER, user__directory=None, user__provider=None
    ).select_related("user")
    context = {"section": "providers", "rows": rows, "owners": owners.order_by("user__email")}
    return render(request, "tenants/providers.html", context)


@require_POST
def require_sso(request: HttpRequest) -> HttpResponse:
    """Switch passwords off, or on again."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    verb = sso.require if request.POST.get("required") == "1" else sso.relax
    if is_done(request, verb, tenant=tenant):
        messages.success(request, _("Saved."))
    return redirect("providers")


@require_POST
def mark_owner(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Let an owner in also without single sign-on, or no longer."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    found = (
        Membership.objects.filter(tenant=tenant, pk=membership_id).select_related("user", "tenant").first()
    )
    if found is None:
        raise Http404
    verb = sso.mark if request.POST.get("marked") == "1" else sso.unmark
    if is_done(request, verb, membership=found):
        messages.success(request, _("Saved."))
    return redirect("providers")


def add(request: HttpRequest) -> HttpResponse:
    """A new provider."""
    tenant = tenant_for(request, Permission.DIRECTORY_MANAGE)
    return _form(request, IdentityProvider(tenant=tenant))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of one, and what the provider must be told."""
    return _form(request, provider_for(request, pk))


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask it for its documents and keys, and say what came of each step."""
    provider = provider_for(request, pk)
    return _page(request, provider, ProviderForm(instance=provider), steps=check(provider))


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, and on a second step remove it with everyone it let in."""
    provider = provider_for(request, pk)
    if request.method != "POST":
        context = {"section": "providers", "provider": provider, "people": provider.people.count()}
        return render(request, "tenants/provider_remove.html", context)
    if not is_done(request, provider_settings.remove, provider=provider):
        return redirect("provider", pk=pk)
    messages.success(request, _("%(name)s is removed.") % {"name": provider.name})
    return redirect("providers")


def _form(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    name = provider.name
    form = ProviderForm(request.POST or None, instance=provider)
    if is_saved(request, form, provider_settings.save, provider=provider):
        messages.success(request, _("Saved. Tell the provider the address below, and test it."))
        return redirect("provider", pk=provider.pk)
    return _page(request, provider, form, name=name)


def _page(
    request: HttpRequest,
    provider: IdentityProvider,
    form: ProviderForm,
    *,
    name: str = "",
    steps: list[Step] | None = None,
) -> HttpResponse:
    back = request.build_absolute_uri(
        reverse("openid_connect_callback", kwargs={"provider_id": provider.key})
    )
    steps = steps or []
    members = (
        Membership.objects.filter(provider=provider.pk, user__is_active=True)
        .select_related("user", "provider")
        .order_by("user__directory_login", "pk")
    )
    context = {
        "page": Paginator(members, ROWS).get_page(request.GET.get("page")),
        "section": "providers",
        "provider": provider,
        "form": form,
        "name": name or provider.name,
        "back": back,
        "steps": [(WORDS[each.name], _MARKS[each.state], each) for each in steps],
        "failed": next((each for each in steps if each.state == "failed"), None),
    }
    return render(request, "tenants/provider.html", context, status=422 if form.errors else 200)
