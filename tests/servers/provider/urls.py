"""What the provider answers, and what it says of people."""

from __future__ import annotations

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tests.servers.provider.serve import PEOPLE


class Groups(DefaultOIDCAdapter):
    def get_claims(self, purpose, user, client, scopes, email=None, **more):
        claims = super().get_claims(purpose, user, client, scopes, email=email, **more)
        return {**claims, "groups": PEOPLE[user.username], "preferred_username": user.username}

    def get_issuer(self) -> str:
        return super().get_issuer().rstrip("/")


def let_back_to(request: HttpRequest) -> HttpResponse:
    Client.objects.update(redirect_uris=request.POST["addresses"])
    return HttpResponse()


urlpatterns = [
    path("let-back-to", let_back_to),
    path("accounts/", include("allauth.account.urls")),
    path("", include("allauth.idp.urls")),
]
