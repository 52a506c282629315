"""What lists say of the images of which a tenant's grants hide something: counted anew, since each tenant sees another part.

Of thousands at once, so everything is read narrowly, and nearly always the newest release of a stream is what is shown
of it: only of the others is it looked for which is. The rule is `catalog.limits`'.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet

from catalog import queries
from catalog.limits import Limit, limits, newest_shown, streams_in_order
from catalog.models import Release, VersionStream
from catalog.models.functions import Keys
from catalog.shelf import Facts, OfRelease, facts_of
from registry.memory import remembering
from tenants.compiled import compiled
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Parts:
    """`facts` by repository; `lines` are the streams of these whose newest release is shown."""

    facts: Mapping[int, Facts] = field(default_factory=dict)
    lines: frozenset[int] = frozenset()

    def of_spans(self) -> Q:
        """Which newest spans of packages are not hidden (`catalog.models.PackageSpan`)."""
        return ~Q(repository__in=list(self.facts)) | Q(stream__in=self.lines)


WHOLE = Parts()


class _Stream(NamedTuple):
    pk: int
    repository: int
    name: str
    aliases: list[str]
    variant: str
    eol_on: date | None


class _Release(NamedTuple):
    stream: int | None
    repository: int
    digest: str
    published_at: datetime
    size: int
    #: With blanks between.
    architectures: str | None

    @property
    def platforms(self) -> list[str]:
        return (self.architectures or "").split()


def parts(*, tenant: Tenant, repositories: Collection[int] | None = None) -> Parts:
    """Of these repositories or of all that it is granted; `WHOLE` where nothing is hidden, without a query for none.

    What everyone is shown is remembered as the facts of pulls are (`registry.memory`): the free tier shows the latest alone
    of all that it has, and nobody there changes what is granted.
    """
    if repositories is not None and not repositories:
        return WHOLE
    asked = (tenant.pk, frozenset(repositories) if repositories is not None else None)
    return (_of_everyone(asked) if tenant.is_open else _read(asked)) or WHOLE


def _read(asked: tuple[int, frozenset[int] | None]) -> Parts | None:
    """Of a tenant by its key, and repositories; None where nothing is hidden."""
    known = limits(*asked)
    if not known:
        return None
    shown: dict[int, list[_Stream]] = {repository: [] for repository in known}
    for stream in map(_Stream._make, _streams(list(known))):
        if known[stream.repository].has(stream):
            shown[stream.repository].append(stream)
    streams = [stream for of in shown.values() for stream in of]
    last = _last([stream.pk for stream in streams])
    lines = {pk for pk, one in last.items() if one.digest in known[one.repository].digests}
    earlier = _earlier(known, {stream.repository for stream in streams if stream.pk not in lines})
    newest: dict[int, OfRelease] = {**earlier, **{pk: last[pk] for pk in lines}}
    facts = {key: facts_of(of, [newest.get(stream.pk) for stream in of]) for key, of in shown.items()}
    return Parts(facts, frozenset(lines))


_of_everyone = remembering(_read, most=8)


@compiled
def _streams(repositories: list[int]) -> QuerySet[VersionStream, tuple[int, int, str, Any, str, date | None]]:
    of = streams_in_order().filter(image__repository__in=repositories)
    return of.values_list("pk", "image__repository", "name", "aliases", "variant", "eol_on")


def _last(streams: list[int]) -> dict[int, _Release]:
    """The newest release of each of these streams, whoever sees it."""
    keys = [key for _, key in queries.newest_of(streams) if key]
    return {one.stream: one for one in map(_Release._make, _releases(keys)) if one.stream is not None}


@compiled
def _releases(keys: list[int]) -> QuerySet[Release, tuple[int, int, str, datetime, int, str]]:
    return _counted(Release.objects.filter(pk__in=keys))


def _counted(releases: QuerySet[Release]) -> QuerySet[Release, tuple[int, int, str, datetime, int, str]]:
    named = ("stream", "repository", "digest", "published_at", "size")
    return releases.order_by().values_list(*named, Keys(F("platforms")))


def _earlier(known: Mapping[int, Limit], repositories: Iterable[int]) -> dict[int, Release]:
    """What is shown of streams in whose repositories something newer is not."""
    some = {key: known[key] for key in repositories}
    named = ("repository", "stream", "digest", "published_at", "size", "platforms")
    found = newest_shown(some, Release.objects.only(*named)) if some else {}
    return {stream: one for stream, one in found.items() if stream is not None}
