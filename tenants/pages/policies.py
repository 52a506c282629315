"""The trust policies of a tenant: the list, one of them, removing, and trying a token against all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from tenants.access import person_for, tenant_for
from tenants.models import Tenant, TrustPolicy
from tenants.pages.doing import is_saved
from tenants.pages.policy_form import PolicyForm
from tenants.roles import Permission
from tenants.sessions import client_address
from tenants.trust import policies, tokens
from tenants.trust.errors import NotTrusted
from tenants.trust.exchange import Verdict, simulate


class TrialForm(forms.Form):
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=16_384,
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "placeholder": "eyJ…"}
        ),
        help_text=gettext_lazy("It is neither traded nor kept, and still works afterwards."),
    )


def index(request: HttpRequest) -> HttpResponse:
    """All of them."""
    tenant = tenant_for(request, Permission.TRUST_MANAGE)
    rows = TrustPolicy.unscoped.filter(tenant=tenant).order_by("name")
    return render(request, "tenants/policies.html", {"section": "policies", "rows": rows})


def add(request: HttpRequest) -> HttpResponse:
    """A new policy, for tokens that are made for this address, and not enforced yet."""
    tenant = tenant_for(request, Permission.TRUST_MANAGE)
    audience = request.address.origin  # type: ignore[attr-defined]
    return _form(request, TrustPolicy(tenant=tenant, audience=audience, actions=["pull"]))


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The settings of one."""
    return _form(request, _policy(request, pk))


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask first (GET), then remove it (POST)."""
    policy = _policy(request, pk)
    if request.method != "POST":
        return render(request, "tenants/policy_remove.html", {"section": "policies", "policy": policy})
    policies.remove(policy=policy, actor=person_for(request), address=client_address(request))
    messages.success(request, _("%(name)s trusts nothing any more.") % {"name": policy.name})
    return redirect("policies")


@never_cache
def trial(request: HttpRequest) -> HttpResponse:
    """Paste a token: what it says, and what each policy in use says of it. Trades nothing, and shows it to nobody."""
    tenant = tenant_for(request, Permission.TRUST_MANAGE)
    form = TrialForm(request.POST or None)
    context: dict[str, Any] = {"section": "policies", "form": form}
    if request.method == "POST" and form.is_valid():
        context |= _tried(tenant, form.cleaned_data["token"].strip())
    return render(request, "tenants/policy_trial.html", context)


def _tried(tenant: Tenant, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        said = tokens.read(text)
        found["said"] = {
            "iss": said.issuer,
            "sub": said.subject,
            "aud": ", ".join(sorted(said.audiences)),
            "exp": _moment(said.expires_at),
        }
        verdicts: list[Verdict] = simulate(tenant=tenant, text=text)
    except NotTrusted as refusal:
        return found | {"refusal": refusal}
    opening = next((each.policy for each in verdicts if each.is_trusted and each.policy.lets_in), None)
    return found | {"verdicts": verdicts, "opening": opening}


def _moment(seconds: float) -> str:
    """A token may say any number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _policy(request: HttpRequest, pk: int) -> TrustPolicy:
    tenant = tenant_for(request, Permission.TRUST_MANAGE)
    found = TrustPolicy.unscoped.filter(tenant=tenant, pk=pk).select_related("tenant").first()
    if found is None:
        raise Http404
    return found


def _form(request: HttpRequest, policy: TrustPolicy) -> HttpResponse:
    name = policy.name
    form = PolicyForm(request.POST or None, instance=policy)
    if is_saved(request, form, policies.save, policy=policy):
        messages.success(request, _("Saved."))
        return redirect("policies")
    context = {"section": "policies", "policy": policy, "form": form, "name": name}
    return render(request, "tenants/policy.html", context, status=422 if form.errors else 200)
