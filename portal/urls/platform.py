"""Addresses on the portal host outside any tenant."""

from django.urls import include, path

from portal import health, home

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
]
