"""Which release a page is about: named by a tag or digest, the newest one, or two to be compared.

All come through a view, so that only what a tenant may pull is found. Not in charge of what is told of them
(`catalog.pages.evidence_page`, `catalog.pages.compare`).
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from catalog import search
from catalog.models import Image, Release
from catalog.queries import INPUTS
from catalog.shown import digests_shown, releases_shown, shows_every_release
from registry.models import RepositoryManifest
from registry.visibility import View
from tenants.compiled import compiled

#: Releases offered to choose from; any other is found by its tag or digest in the address.
CHOICES = 60


def chosen(view: View, request: HttpRequest, newest: Release) -> Release:
    """The release that `?release=` names by a tag or its digest, else the newest. Raises Http404 for one not shown."""
    asked = request.GET.get("release", "")
    if asked in ("", newest.unique_tag, newest.digest):
        return newest
    found = named(view, asked)
    if found is None:
        raise Http404
    return found


def choices(view: View) -> list[Release]:
    """Releases to choose from, newest first."""
    digests = digests_shown(view)
    if digests is None:
        return _choices(view.repository.pk)
    return _choices_among(view.repository.pk, digests)


@compiled
def _choices(repository: int) -> QuerySet[Release]:
    return Release.objects.filter(repository=repository).only("unique_tag", "digest")[:CHOICES]


@compiled
def _choices_among(repository: int, digests: list[str]) -> QuerySet[Release]:
    found = Release.objects.filter(repository=repository, digest__in=digests)
    return found.only("unique_tag", "digest")[:CHOICES]


def named(view: View, name: str) -> Release | None:
    """A release by any of its tags or by its digest, if this tenant may pull it."""
    tagged = view.tag(name)
    named = Q(digest=tagged.digest) if tagged is not None else Q(unique_tag=name) | Q(digest=name)
    found = Release.objects.filter(named, repository=view.repository).defer(*INPUTS).first()
    return found if found is not None and view.manifest(found.digest) is not None else None


def newest_of_line(view: View, release: Release, newest: Release) -> Release:
    """The newest release of the stream that `release` is of, as far as it is shown; `newest` is its repository's."""
    if release.stream_id == newest.stream_id:
        return newest
    line = releases_shown(view).filter(stream=release.stream_id).defer(*INPUTS)
    return line.first() or release


def pair(view: View, first: str, second: str) -> tuple[Release | None, Release | None]:
    """Two releases to compare, each by unique tag or digest: by default the newest and the one before it."""
    if not first and not second and shows_every_release(view):
        return _newest_two(view.repository.pk)
    shown = _with_stream(releases_shown(view))
    after = named(view, second) if second else shown.first()
    if first or after is None:
        return (named(view, first) if first else None), after
    older = shown.filter(stream=after.stream_id, published_at__lt=after.published_at).exclude(pk=after.pk)
    return older.first(), after


def _newest_two(repository: int) -> tuple[Release | None, Release | None]:
    """The newest release, and the one of its stream before it."""
    after = _newest.first(repository)
    if after is None:
        return None, None
    if after.stream_id is None:
        return _before_outside.first(repository, after.published_at, after.pk), after
    return _before.first(repository, after.stream_id, after.published_at, after.pk), after


@compiled
def _newest(repository: int) -> QuerySet[Release]:
    return _with_stream(Release.objects.filter(repository=repository))[:1]


@compiled
def _before(repository: int, stream: int, moment: datetime, but: int) -> QuerySet[Release]:
    return _older(repository, moment, but).filter(stream=stream)[:1]


@compiled
def _before_outside(repository: int, moment: datetime, but: int) -> QuerySet[Release]:
    """Of a golden image: its releases are of no stream."""
    return _older(repository, moment, but).filter(stream=None)[:1]


def _older(repository: int, moment: datetime, but: int) -> QuerySet[Release]:
    older = Release.objects.filter(repository=repository, published_at__lt=moment)
    return _with_stream(older.exclude(pk=but))


def _with_stream(releases: QuerySet[Release]) -> QuerySet[Release]:
    return releases.select_related("stream").defer(*INPUTS, "stream__spec", "stream__tests")


def newest_shown(image: Image, view: View) -> tuple[Release | None, RepositoryManifest | None]:
    """The newest release of the first stream that has one here; else whichever is shown."""
    for stream in image.streams.all():
        newest = search.newest_facts(stream)
        if newest is not None and (link := view.linked(newest.digest)) is not None:
            return newest, link
    return releases_shown(view).defer(*INPUTS).first(), None
