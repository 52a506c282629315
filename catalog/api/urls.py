"""Addresses of the catalogue below `/api/v1/`."""

from django.urls import path, re_path

from catalog.api import charts, evidence, looking, views

# A repository name may have slashes; no part of one is called tags or releases (`builds.recipes`).
NAME = r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
DIGEST = r"(?P<digest>sha(?:256|512):[0-9a-f]{64,128})"

urlpatterns = [
    path("images/", views.ImageList.as_view(), name="api-images"),
    path("replacement/", looking.ReplacementOf.as_view(), name="api-replacement"),
    re_path(rf"^images/{NAME}/$", views.ImageDetail.as_view(), name="api-image"),
    path("charts/", charts.ChartList.as_view(), name="api-charts"),
    re_path(
        rf"^charts/{NAME}/versions/(?P<version>[^/]+)/values/$",
        charts.ChartValues.as_view(),
        name="api-chart-values",
    ),
    re_path(rf"^charts/{NAME}/$", charts.ChartDetail.as_view(), name="api-chart"),
    re_path(rf"^repositories/{NAME}/tags/$", views.TagList.as_view(), name="api-tags"),
    re_path(rf"^repositories/{NAME}/releases/$", views.ReleaseList.as_view(), name="api-releases"),
    re_path(rf"^repositories/{NAME}/releases/{DIGEST}/$", views.ReleaseDetail.as_view(), name="api-release"),
    re_path(rf"^repositories/{NAME}/releases/{DIGEST}/sbom/$", evidence.Sbom.as_view(), name="api-sbom"),
    re_path(
        rf"^repositories/{NAME}/releases/{DIGEST}/provenance/$",
        evidence.Provenance.as_view(),
        name="api-provenance",
    ),
]
