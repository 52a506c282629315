"""How django-allauth's client is fitted to providers that belong to tenants.

It finds those of the address's tenant alone, asks through a guarded session, and takes the person from
`tenants.oidc.admit`; its own matching by e-mail address and its sign-up never run.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tenants import audit
from tenants.models import IdentityProvider, Tenant
from tenants.oidc.admit import NotAdmitted, sign_in
from tenants.oidc.asking import Session
from tenants.oidc.client import Provider
from tenants.secrets import SecretUnreadable, unseal
from tenants.sessions import client_address


class SocialAdapter(DefaultSocialAccountAdapter):
    """Providers of the tenant whose address is asked; elsewhere there are none."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        tenant: Tenant | None = getattr(request, "tenant", None)
        if tenant is None:
            return []
        found = IdentityProvider.unscoped.filter(tenant=tenant, is_active=True).order_by("name")
        if provider not in (None, "openid_connect"):
            found = found.filter(key=provider)
        if client_id is not None:
            found = found.filter(client_id=client_id)
        return [as_app(each) for each in found]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        return Provider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def get_requests_session(self) -> Session:
        return Session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Put our own person in the place of the one that allauth would make or find."""
        if sociallogin.state.get("process") != "login":
            raise back(request, NotAdmitted("provider_process", "Accounts are not connected here."))
        tenant: Tenant | None = getattr(request, "tenant", None)
        found = IdentityProvider.unscoped.filter(tenant=tenant, is_active=True)
        provider = found.filter(key=sociallogin.account.provider).first()
        try:
            if provider is None:
                raise NotAdmitted("provider_unknown", "This provider is not in use.")
            user = sign_in(provider=provider, said=sociallogin.account.extra_data)
        except NotAdmitted as refusal:
            raise back(request, refusal) from refusal
        sociallogin.account.user = sociallogin.user = user
        sociallogin.account.save()

    def on_authentication_error(self, request: HttpRequest, provider: Any, **told: Any) -> None:
        """Back to the sign-in page with a sentence; what the provider or its address did goes to the trail."""
        exception = told.get("exception")
        code = getattr(exception, "code", None) or f"provider_{told.get('error', 'unknown')}"
        raise back(
            request, NotAdmitted(str(code), str(exception or "The provider gave no answer that fits."))
        )


def as_app(provider: IdentityProvider) -> SocialApp:
    """What allauth reads of a provider. It is never stored, since it carries the secret in the clear."""
    try:
        secret = unseal(provider.client_secret)
    except SecretUnreadable:
        secret = ""
    settings = {
        "issuer": provider.issuer,
        "server_url": provider.issuer.rstrip("/") + "/.well-known/openid-configuration",
        "scope": ["openid", *provider.scopes.split()],
        "oauth_pkce_enabled": True,
    }
    return SocialApp(
        provider="openid_connect",
        provider_id=provider.key,
        name=provider.name,
        client_id=provider.client_id,
        secret=secret,
        settings=settings,
    )


def back(request: HttpRequest, refusal: NotAdmitted) -> ImmediateHttpResponse:
    """To the sign-in page with a sentence; what exactly went wrong stands in the trail."""
    audit.record(
        tenant=getattr(request, "tenant", None),
        actor="anonymous",
        verb="person.sign_in_failed",
        object="",
        address=client_address(request),
        data={"code": refusal.code, "why": str(refusal)[:300]},
    )
    if refusal.code == "no_role":
        sentence = _("Your provider knows you, but none of your groups gives access here. Ask an owner.")
    else:
        sentence = _("Your provider did not let you in. Try again, or ask an owner: %(code)s.") % {
            "code": refusal.code
        }
    messages.error(request, sentence)
    return ImmediateHttpResponse(redirect("account_login"))
