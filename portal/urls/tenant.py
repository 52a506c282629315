"""Addresses of one tenant: on its own host, or below `/<tenant>` on the portal host."""

from django.urls import include, path

from portal import api_docs, health, home
from tenants.oidc import views

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("registry.urls")),
    path("accounts/oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
    path("accounts/", include("allauth.urls")),
    path(".well-known/signing/", include("builds.signing.well_known")),
    path("settings/", include("tenants.pages.urls")),
    path("", include("portal.urls.pages")),
    *api_docs.tenant_urls,
]
