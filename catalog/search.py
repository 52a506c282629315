"""What a tenant is offered: every read of the catalogue starts here, through the tenant's grants.

Not in charge of tags and digests; those are read through `registry.visibility`. Nor of the counts of a list
(`catalog.listing`).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)

from catalog import queries
from catalog.limits import narrowed_by, streams_in_order
from catalog.models import Image, Package, PackageSpan, Release, VersionStream
from catalog.parts import WHOLE, Parts, parts
from catalog.wanted import Access
from registry import visibility
from registry.models import Grant
from registry.models.grant import in_force
from registry.visibility import View
from tenants.models import Tenant

#: Words of a question that are looked at, and packages that one of them may begin.
WORDS, PACKAGES = 8, 50


def images_of(tenant: Tenant) -> QuerySet[Image]:
    """Images that `tenant` may pull now; each has `shown_name`, its name on the tenant's host."""
    return images_for(tenant.pk, Access.YOURS).select_related("repository")


def available_to(tenant: Tenant) -> QuerySet[Image]:
    """Images that `tenant` may ask for: listed ones that no grant shows it; `shown_name` is the platform's.

    Where everyone is let in nobody asks.
    """
    if tenant.is_open:
        return Image.objects.none().annotate(shown_name=F("name"))
    return images_for(tenant.pk, Access.AVAILABLE)


def images_for(tenant: int, access: Access) -> QuerySet[Image]:
    """`images_by` of a tenant by its key, whom it lets in or not."""
    if access == Access.AVAILABLE:
        granted = Grant.objects.of(tenant).in_force().values("repository")
        listed = Image.objects.filter(is_listed=True).exclude(repository__in=granted)
        return listed.annotate(shown_name=F("name")).order_by("name")
    granted_to = Image.objects.filter(in_force(of=tenant, through="repository__grants__"))
    held = granted_to.annotate(shown_name=F("repository__grants__name")).order_by("name")
    return held.filter(is_free=True) if access == Access.FREE else held


def known_to(tenant: Tenant) -> QuerySet[Image]:
    """What `tenant` may pull or ask for; `is_held` says which."""
    grants = Grant.objects.of(tenant.pk).in_force().filter(repository=OuterRef("repository"))
    images = Image.objects.annotate(is_held=Exists(grants)).order_by("name")
    # What is listed first: of those no grant is looked for.
    return images.filter(Q(is_held=True) if tenant.is_open else Q(is_listed=True) | Q(is_held=True))


def images_by(tenant: Tenant, access: Access) -> QuerySet[Image]:
    """Images of one kind of access."""
    if access == Access.AVAILABLE:
        return available_to(tenant)
    return images_for(tenant.pk, access).select_related("repository")


def image_called(*, tenant: Tenant, name: str) -> Image | None:
    """The image that is called `name` on the tenant's host, with the streams it is shown; None when there is none."""
    view = visibility.find(tenant=tenant, name=name)
    return image_behind(view) if view is not None else None


def image_behind(view: View) -> Image | None:
    """The image that is kept in a repository; None for a repository of the tenant's own, and where there is none."""
    if view.grant is None:
        return None
    image = queries.image_in.first(view.repository.pk)
    if image is None:
        return None
    image.repository = view.repository
    image.shown_name = view.grant.name  # type: ignore[attr-defined]  # as in `images_of`
    return narrowed_by(view.grant, image)


def matching(images: QuerySet[Image], text: str, *, seen: Parts = WHOLE) -> QuerySet[Image]:
    """Those of `images` in which every word of `text` is found, the best first.

    A word is found in names, upstream references, summary and description, or begins the name of a package that
    the newest release of a stream holds, of limited grants one that is `seen`.
    """
    words = words_in(text)
    for word in words:
        images = with_word(images, word, seen=seen if is_whole(word) else None)
    return best_first(images, words[0]) if words else images


def words_in(text: str) -> list[str]:
    """What of a question is searched for."""
    return text.lower().split()[:WORDS]


def is_whole(word: str) -> bool:
    """Whether it is long enough for packages to be looked for that begin so."""
    return len(word) > 2


def with_word(images: QuerySet[Image], word: str, *, seen: Parts | None) -> QuerySet[Image]:
    """Those of `images` in which the word in small letters is found; among packages too where it is said what is `seen`."""
    found = Q(names__holds=word) | Q(words__holds=word)
    return images.filter(found if seen is None else found | Q(repository__in=_holding(word, seen)))


def best_first(images: QuerySet[Image], word: str) -> QuerySet[Image]:
    """Those called so, then those whose name begins so, then those with another name that holds the word."""
    rank = Case(
        When(name=word, then=Value(0)),
        When(name__begins=word, then=Value(1)),
        When(names__holds=word, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return images.annotate(rank=rank).order_by("rank", "name")


def seen_by(tenant: Tenant, text: str) -> Parts:
    """What `matching` needs to know of the tenant's limited grants; no query without words."""
    return parts(tenant=tenant) if text else WHOLE


def held_by(packages: QuerySet[Package], images: QuerySet[Image], *, seen: Parts) -> QuerySet[Package]:
    """Those of `packages` that the newest release of a stream of one of these images holds, as far as it is `seen`."""
    repositories = images.order_by().values("repository")
    spans = _newest(seen).filter(version__package=OuterRef("pk"), repository__in=repositories)
    return packages.filter(Exists(spans))


def _holding(word: str, seen: Parts) -> QuerySet[PackageSpan, int]:
    """Ids of repositories of which a newest release holds a package whose name begins with `word`."""
    packages = Package.objects.filter(name__begins=word).values("pk")[:PACKAGES]
    return _newest(seen).filter(version__package__in=packages).values_list("repository", flat=True)


def _newest(seen: Parts) -> QuerySet[PackageSpan]:
    newest = PackageSpan.objects.newest()
    return newest if seen is WHOLE else newest.filter(seen.of_spans())


def with_streams(images: QuerySet[Image]) -> QuerySet[Image]:
    """The same images with their streams in one more query, the latest first; what makes them is not read."""
    return images.prefetch_related(Prefetch("streams", streams_in_order()))


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


def newest_facts(stream: VersionStream) -> Release | None:
    """`newest_release` without what it was made of, which is large."""
    found = queries.newest_release.first(stream.pk)
    if found is not None:
        found.stream = stream
    return found


def release_before(release: Release) -> Release | None:
    """The release of the same repository and stream that was published before this one."""
    found = Release.objects.filter(
        repository=release.repository_id, stream=release.stream_id, published_at__lt=release.published_at
    )
    return found.defer("spec", "lock").order_by("-published_at").first()


def released(streams: Iterable[VersionStream]) -> set[int]:
    """Ids of those of `streams` that have a release."""
    return {stream for stream, newest in queries.newest_of([item.pk for item in streams]) if newest}


def newest_releases(streams: Iterable[VersionStream]) -> dict[int, Release]:
    """The newest release of each of `streams`, by stream id, in two queries; read is what names it.

    Of one, with the ids as an inner query, PostgreSQL makes a look at every release under row-level security.
    """
    newest = queries.newest_of([item.pk for item in streams])
    found = queries.releases([key for _, key in newest if key])
    return {release.stream_id: release for release in found if release.stream_id is not None}
