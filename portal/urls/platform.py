"""Addresses on the portal host outside any tenant."""

from django.urls import include, path

from portal import api_docs, health, home, theme

urlpatterns = [
    path("", home.home, name="home"),
    path("theme/", theme.choose_theme, name="theme"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("registry.urls")),
    path("accounts/", include("allauth.urls")),
    path(".well-known/signing/", include("builds.signing.well_known")),
    path("api/worker/v1/", include("builds.worker_api")),
    *api_docs.platform_urls,
]
