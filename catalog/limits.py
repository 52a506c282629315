"""What grants that hide something let a tenant see of its images: which streams, and which release is newest there.

Of many images at once, in a fixed number of queries; where nothing is hidden, one. The rule is a grant's
(`Grant.shows`), pins included. Not in charge of a single tag or digest: `registry.visibility`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from django.db.models import QuerySet

from catalog.models import Image, Release, VersionStream
from registry.models import Grant, HeldTag, Tag
from registry.names import subject_of_companion
from tenants.compiled import compiled, give
from tenants.models import Tenant


class Named(Protocol):
    """What a stream's tags are called."""

    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """What one grant shows now: tags of these streams, at these digests."""

    grant: Grant
    streams: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)

    def has(self, stream: Named) -> bool:
        """Whether the stream is shown by any of its tags, or would be once it has some."""
        names = (stream.name, *stream.aliases)
        return stream.name in self.streams or any(self.grant.shows(name, stream.name) for name in names)


def limits(tenant: int, repositories: Iterable[int] | None = None) -> Mapping[int, Limit]:
    """By repository, of these or of all that the tenant of that key is granted; those of which all is shown are left out."""
    if repositories is None:
        return _limits(_hiding(tenant))
    return _limits(_hiding_among(tenant, list(repositories)))


@compiled
def _hiding(tenant: int) -> QuerySet[Grant]:
    return Grant.objects.of(tenant).in_force().that_hide().only(*_RULE)


@compiled
def _hiding_among(tenant: int, repositories: list[int]) -> QuerySet[Grant]:
    return Grant.objects.of(tenant).in_force().that_hide().filter(repository__in=repositories).only(*_RULE)


#: What decides of a grant: a tenant may have a thousand limited ones.
_RULE = ("repository", "tag_patterns", "streams", "is_latest_only")


def _limits(grants: Iterable[Grant]) -> dict[int, Limit]:
    """Of grants that hide something, by repository."""
    found = {grant.repository_id: Limit(grant) for grant in grants}
    if not found:
        return found
    tags = _latest_tags if all(one.grant.is_latest_only for one in found.values()) else _tags
    for rows in (tags(list(found)), _pins([one.grant.pk for one in found.values()])):
        for repository, name, stream, digest in rows:
            if not subject_of_companion(name) and found[repository].grant.shows(name, stream):
                found[repository].streams.add(stream)
                found[repository].digests.add(digest)
    return found


#: Repository, name, stream, digest.
_Tag = tuple[int, str, str, str]


@compiled
def _tags(repositories: list[int]) -> QuerySet[Tag, _Tag]:
    tags = Tag.objects.filter(repository__in=repositories)
    return tags.values_list("repository_id", "name", "stream", "manifest__digest")


@compiled
def _latest_tags(repositories: list[int]) -> QuerySet[Tag, _Tag]:
    tags = Tag.objects.filter(repository__in=repositories, name__startswith="latest")
    return tags.values_list("repository_id", "name", "stream", "manifest__digest")


@compiled
def _pins(grants: list[int]) -> QuerySet[HeldTag, _Tag]:
    pins = HeldTag.objects.in_force().filter(grant__in=grants)
    return pins.values_list("grant__repository_id", "name", "stream", "manifest__digest")


def streams_in_order() -> QuerySet[VersionStream]:
    """Streams, the latest first; what makes them is not read."""
    return VersionStream.objects.defer("spec", "tests").order_by("-is_latest", "variant", "name")


def narrowed(*, tenant: Tenant, images: Iterable[Image]) -> list[Image]:
    """The same images with the streams that are shown, the latest first; and as `newest` what is newest of them."""
    images = list(images)
    return narrowed_to(limits(tenant.pk, [image.repository_id for image in images]), images)


def narrowed_among(limited: Container[int], *, tenant: Tenant, images: Iterable[Image]) -> list[Image]:
    """As `narrowed`, where it is known of which repositories something is hidden; streams are read of these alone."""
    images = list(images)
    asked = [image.repository_id for image in images if image.repository_id in limited]
    known = limits(tenant.pk, asked) if asked else {}
    return narrowed_to(known, images, has_all_streams=False)


def narrowed_by(grant: Grant, image: Image) -> Image:
    """The one image as `narrowed` makes it, by the grant that shows it; no query for what a grant hides where it hides nothing."""
    return narrowed_to(_limits([grant] if grant.hides else []), [image])[0]


def narrowed_to(
    known: Mapping[int, Limit], images: list[Image], *, has_all_streams: bool = True
) -> list[Image]:
    """As `narrowed`, where what is hidden of their repositories is known."""
    limited = [image for image in images if image.repository_id in known]
    add_streams(images if has_all_streams else limited, but=known)
    newest = _newest(limited, known)
    for image in limited:
        image.newest = newest.get(image.pk)
    return images


def add_streams(images: Sequence[Image], but: Mapping[int, Limit] = MappingProxyType({})) -> None:
    """Read the streams of `images` as `streams_in_order` in one query, those left out that `but` does not show."""
    missing = [image for image in images if "streams" not in getattr(image, "_prefetched_objects_cache", {})]
    found: dict[int, list[VersionStream]] = {image.pk: [] for image in missing}
    repositories = {image.pk: image.repository_id for image in missing}
    for stream in _streams_of(list(found)) if found else ():
        limit = but.get(repositories[stream.image_id])
        if limit is None or limit.has(stream):
            found[stream.image_id].append(stream)
    for image in missing:
        give(image, "streams", found[image.pk], back="image")


@compiled
def _streams_of(images: list[int]) -> QuerySet[VersionStream]:
    return streams_in_order().filter(image__in=images)


def newest_shown(known: Mapping[int, Limit], releases: QuerySet[Release]) -> dict[int | None, Release]:
    """The newest of `releases` that is shown of each stream."""
    digests = {digest for limit in known.values() for digest in limit.digests}
    shown = releases.filter(repository__in=known, digest__in=digests).order_by("published_at")
    return {one.stream_id: one for one in shown if one.digest in known[one.repository_id].digests}


def _newest(images: Sequence[Image], known: Mapping[int, Limit]) -> dict[int, Release]:
    """The newest release that is shown of the first stream that has one, by image."""
    whole = Release.objects.select_related("stream").defer(
        "spec", "lock", "tests", "stream__spec", "stream__tests"
    )
    by_stream = newest_shown(known, whole) if images else {}
    found: dict[int, Release] = {}
    for image in images:
        of_image = (by_stream.get(stream.pk) for stream in image.streams.all())
        if (first := next((one for one in of_image if one is not None), None)) is not None:
            found[image.pk] = first
    return found


def among_shown(*, tenant: Tenant, releases: Mapping[int, Release]) -> dict[int, Release]:
    """Those of `releases` (by any key) that no grant hides."""
    return left_by(limits(tenant.pk, {one.repository_id for one in releases.values()}), releases)


def left_by(known: Mapping[int, Limit], releases: Mapping[int, Release]) -> dict[int, Release]:
    """As `among_shown`, where what is hidden of their repositories is known."""
    return {
        key: one
        for key, one in releases.items()
        if one.repository_id not in known or one.digest in known[one.repository_id].digests
    }
