"""Addresses of repositories, tags and pins below `/api/v1/`. A name may have slashes, so the longer come first."""

from django.urls import path, re_path

from registry.api import repositories, tags

NAME = r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
TAG = r"(?P<tag>[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})"

urlpatterns = [
    path("pins/", tags.PinList.as_view(), name="api-pins"),
    re_path(rf"^repositories/{NAME}/tags/{TAG}/history/$", tags.History.as_view(), name="api-tag-history"),
    re_path(rf"^repositories/{NAME}/tags/{TAG}/rollback/$", tags.Rollback.as_view(), name="api-tag-rollback"),
    re_path(rf"^repositories/{NAME}/tags/{TAG}/pin/$", tags.Pin.as_view(), name="api-tag-pin"),
    re_path(rf"^repositories/{NAME}/tags/{TAG}/$", tags.TagDetail.as_view(), name="api-tag"),
    path("repositories/", repositories.RepositoryList.as_view(), name="api-repositories"),
    re_path(rf"^repositories/{NAME}/$", repositories.RepositoryDetail.as_view(), name="api-repository"),
]
