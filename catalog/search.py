"""What a tenant is offered: every read of the catalogue starts here, through the tenant's grants.

Not in charge of tags and digests; those are read through `registry.visibility`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Prefetch, Q, QuerySet

from catalog.models import Image, Release, VersionStream
from registry.models import Grant
from tenants.models import Tenant


def images_of(tenant: Tenant) -> QuerySet[Image]:
    """Images that `tenant` may pull now; each has `shown_name`, its name on the tenant's host."""
    return (
        Image.objects.filter(repository__grants__in=Grant.objects.of(tenant.id).in_force())
        .annotate(shown_name=F("repository__grants__name"))
        .select_related("repository")
        .order_by("name")
    )


def image_called(*, tenant: Tenant, name: str) -> Image | None:
    """The image that is called `name` on the tenant's host, with its streams; None when there is none."""
    grants = Grant.objects.of(tenant.id).in_force().filter(name=name)
    return with_streams(images_of(tenant).filter(repository__in=grants.values("repository"))).first()


def search(
    *, tenant: Tenant, text: str = "", category: str = "", is_free: bool | None = None
) -> QuerySet[Image]:
    """Images of `tenant` whose name, title, summary or replaced references contain every word of `text`."""
    found = images_of(tenant)
    for word in text.split()[:8]:
        found = found.filter(
            Q(name__icontains=word)
            | Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(replaces__icontains=word)
        )
    if category:
        found = found.filter(category=category)
    if is_free is not None:
        found = found.filter(is_free=is_free)
    return found


def with_streams(images: QuerySet[Image]) -> QuerySet[Image]:
    """The same images with their streams in two more queries, newest name first by `is_latest`."""
    streams = VersionStream.objects.order_by("-is_latest", "variant", "name")
    return images.prefetch_related(Prefetch("streams", streams))


def stream_of(*, tenant: Tenant, image: str, stream: str) -> VersionStream | None:
    """The stream that `image:stream` names for `tenant`: by its moving tag or one of its aliases."""
    found = image_called(tenant=tenant, name=image)
    if found is None:
        return None
    streams = list(found.streams.all())
    return next(
        (item for item in streams if item.name == stream),
        next((item for item in streams if stream in item.aliases), None),
    )


def newest_release(stream: VersionStream) -> Release | None:
    """The release that the stream's moving tag points to, or None before the first."""
    return stream.releases.order_by("-published_at").first()


def release_before(release: Release) -> Release | None:
    """The release of the same repository and stream that was published before this one."""
    found = Release.objects.filter(
        repository=release.repository_id, stream=release.stream_id, published_at__lt=release.published_at
    )
    return found.defer("spec", "lock").order_by("-published_at").first()


def newest_releases(streams: Iterable[VersionStream]) -> dict[int, Release]:
    """The newest release of each of `streams`, by stream id, in one query."""
    newest: dict[int, Release] = {}
    found = Release.objects.filter(stream__in=[item.pk for item in streams]).order_by("published_at")
    for release in found.defer("spec", "lock"):
        if release.stream_id is not None:
            newest[release.stream_id] = release
    return newest
