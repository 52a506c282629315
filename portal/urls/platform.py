"""Addresses on the portal host outside any tenant."""

from django.urls import include, path
from django.views.i18n import set_language

from catalog.promised import Kind
from portal import api_docs, health, home, theme, tls
from portal.platform import builds, entitlements, grants, images, requests, tenants

urlpatterns = [
    path("", home.home, name="home"),
    path("theme/", theme.choose_theme, name="theme"),
    path("language/", set_language, name="language"),
    path("admin/tenants/", tenants.index, name="platform-tenants"),
    path("admin/new-tenant/", tenants.new, name="platform-tenant-new"),
    path("admin/tenants/<slug:slug>/", entitlements.page, {"kind": Kind.IMAGES}, "platform-tenant"),
    path(
        "admin/tenants/<slug:slug>/charts/",
        entitlements.page,
        {"kind": Kind.CHARTS},
        "platform-tenant-charts",
    ),
    path("admin/tenants/<slug:slug>/all", entitlements.every, {"kind": Kind.IMAGES}, "platform-every-image"),
    path(
        "admin/tenants/<slug:slug>/charts/all",
        entitlements.every,
        {"kind": Kind.CHARTS},
        "platform-every-chart",
    ),
    path("admin/tenants/<slug:slug>/undo", entitlements.undo, name="platform-undo"),
    path("admin/tenants/<slug:slug>/settings/", tenants.settings, name="platform-tenant-settings"),
    path("admin/tenants/<slug:slug>/visits/", tenants.visits, name="platform-visits"),
    path("admin/tenants/<slug:slug>/grants/", grants.index, name="platform-grants"),
    path("admin/tenants/<slug:slug>/grants/<int:grant_id>/", grants.page, name="platform-grant"),
    path("admin/images/", images.index, name="platform-images"),
    path("admin/images/<path:name>/tags/<str:tag>/", images.tag, name="platform-tag"),
    path("admin/images/<path:name>/tags/<str:tag>/move", images.move, name="platform-tag-move"),
    path("admin/images/<path:name>/tags/<str:tag>/withdraw", images.mark, name="platform-withdraw"),
    path("admin/images/<path:name>/", images.page, name="platform-image"),
    path("admin/requests/", requests.index, name="platform-requests"),
    path("admin/requests/<int:request_id>/", requests.decide, name="platform-request"),
    path("admin/builds/", builds.index, name="platform-builds"),
    path("admin/builds/<uuid:build_id>/", builds.page, name="platform-build"),
    path("admin/builds/<uuid:build_id>/accept", builds.accept_held, name="platform-build-accept"),
    path("api/platform/v1/", include("builds.api.platform")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("tls-allowed", tls.is_allowed, name="tls-allowed"),
    path("", include("registry.urls")),
    path("accounts/", include("allauth.urls")),
    path(".well-known/signing/", include("builds.signing.well_known")),
    path("api/worker/v1/", include("builds.worker_api")),
    *api_docs.platform_urls,
]
