"""What nearly every page asks of the catalogue, each statement written once (`tenants.compiled`).

Rows as they are: what a tenant sees of them is `catalog.search`'s and `catalog.limits`' to say.
"""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from catalog.models import Image, Release, VersionStream
from registry.models import Grant
from tenants.compiled import compiled

#: What a release was made of: large, and shown as documents only.
INPUTS = ("spec", "lock", "tests")
#: What names a release.
NAMING = ("repository", "stream", "digest", "version", "published_at")


@compiled
def image_in(repository: int) -> QuerySet[Image]:
    return Image.objects.filter(repository=repository)[:1]


@compiled
def newest_release(stream: int) -> QuerySet[Release]:
    """Without its inputs."""
    return Release.objects.filter(stream=stream).defer(*INPUTS).order_by("-published_at")[:1]


@compiled
def newest_of(streams: list[int]) -> QuerySet[VersionStream, tuple[int, int | None]]:
    """(stream, key of its newest release); None where there is none."""
    last = Release.objects.filter(stream=OuterRef("pk")).order_by("-published_at").values("pk")[:1]
    wanted = VersionStream.objects.filter(pk__in=streams)
    return wanted.annotate(newest=Subquery(last)).values_list("pk", "newest")


@compiled
def releases(keys: list[int]) -> QuerySet[Release]:
    """What names each in a list of many."""
    return Release.objects.filter(pk__in=keys).only(*NAMING)


@compiled
def held(tenant: int) -> QuerySet[Grant, tuple[int, bool]]:
    """(repository, whether something of it is hidden) of all that a tenant is granted."""
    return Grant.objects.of(tenant).in_force().by_repository()
