"""Addresses of one tenant: on its own host, or below `/<tenant>` on the portal host."""

from django.urls import include, path

from portal import health, home

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
]
