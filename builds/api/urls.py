"""Addresses of golden images and builds below `/api/v1/`."""

from django.urls import path

from builds.api import views

urlpatterns = [
    path("golden-images/", views.GoldenImageList.as_view(), name="api-golden-images"),
    path("builds/", views.BuildList.as_view(), name="api-builds"),
    path("builds/preview/", views.Preview.as_view(), name="api-preview"),
    path("builds/<uuid:pk>/", views.BuildDetail.as_view(), name="api-build"),
    path("builds/<uuid:pk>/log/", views.BuildLog.as_view(), name="api-build-log"),
    path("builds/<uuid:pk>/capabilities/", views.BuildCapabilities.as_view(), name="api-build-capabilities"),
    path("builds/<uuid:pk>/cancel/", views.BuildCancel.as_view(), name="api-build-cancel"),
]
