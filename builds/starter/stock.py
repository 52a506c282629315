"""Stock the catalogue: fetch the package index, offer the starter images, order what is not built yet.

Safe to run at any time and as often as wanted: what is there already stays. Not in charge of building
(workers do) nor of charts (they follow their images' releases).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.conf import settings

from builds.engine.errors import EngineError
from builds.engine.lock import Lock
from builds.engine.snapshot.place import current_name
from builds.engine.snapshot.refresh import refresh
from builds.engine.spec import Spec
from builds.models import Build
from builds.order import order_stream, spec_of
from builds.refusals import IndexNotReady, OrderRefused
from builds.solve import solve
from builds.starter.definitions import Definition, definitions
from catalog.models import Image, VersionStream
from catalog.offer import ImageOffer, StreamOffer, entitle, offer
from catalog.search import newest_release
from tenants.models import Tenant

Say = Callable[[str], None]
ACTOR = "platform"
#: Seconds between tries while the archive does not answer; the last one repeats.
PAUSES = (2.0, 5.0, 10.0, 30.0, 60.0)
#: Means every starter image in an entitlement.
ALL = "*"
DEFAULT_ARCHITECTURES = ("amd64",)


def stock(
    *, entitled: Mapping[str, Sequence[str]], say: Say, names: Collection[str] | None = None
) -> list[Build]:
    """Offer the starter images of these names (None: all), entitle tenants (slug to image names), order what
    is missing or was released from another definition.
    """
    chosen = [one for one in definitions().values() if names is None or one.name in names]
    images = [offer(image=offer_of(one)) for one in chosen]
    for slug, promised in entitled.items():
        _entitle(Tenant.objects.get(slug=slug), images, promised)
    streams = [stream for image in images for stream in image.streams.all()]
    ordered: list[Build] = []
    for index in sorted({_index_of(stream) for stream in streams}, key=_later):
        fetch_index(suite=index.suite, architectures=index.architectures, say=say)
        ordered += _order([stream for stream in streams if _index_of(stream) == index], say)
    return ordered


def _order(streams: Iterable[VersionStream], say: Say) -> list[Build]:
    """Order what is not there, the smallest first."""
    missing = [stream for stream in streams if not _is_under_way(stream)]
    locked = [(stream, lock) for stream in missing if (lock := _solve(stream, say)) is not None]
    return [
        order_stream(stream=stream, actor=ACTOR, reason="starter catalogue", lock=lock)
        for stream, lock in sorted(locked, key=lambda one: _size(one[1]))
    ]


class _Index(NamedTuple):
    """What of the archive a stream needs."""

    suite: str
    architectures: tuple[str, ...]


def _index_of(stream: VersionStream) -> _Index:
    architectures = tuple(sorted(stream.spec.get("architectures") or DEFAULT_ARCHITECTURES))
    return _Index(str(stream.spec.get("suite") or settings.BUILD_SUITE), architectures)


def _later(index: _Index) -> tuple[bool, int, _Index]:
    """The installation's own suite first, and what needs the fewest indexes, so that something can be pulled soon."""
    return index.suite != settings.BUILD_SUITE, len(index.architectures), index


def offer_of(definition: Definition) -> ImageOffer:
    """What a definition puts into the catalogue."""
    streams = tuple(
        StreamOffer(
            name=stream.name,
            spec=stream.spec,
            tests=stream.tests,
            variant=definition.variant,
            aliases=stream.aliases,
            is_latest="latest" in stream.tags,
        )
        for stream in definition.streams
    )
    return ImageOffer(
        name=definition.name,
        title=definition.title,
        summary=definition.summary,
        category=definition.category,
        streams=streams,
        description=definition.description,
        homepage=definition.homepage,
        is_free=definition.is_free,
        is_listed=definition.is_listed,
        other_names=definition.other_names,
        replaces=definition.replaces,
    )


def fetch_index(
    *,
    suite: str,
    say: Say,
    architectures: Sequence[str] = DEFAULT_ARCHITECTURES,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Have the newest package index of a suite, however long the archive takes to answer.

    An index that is there already serves while the archive is silent or its new index is not signed as it
    must be. Raises EngineError for what waiting does not mend.
    """
    tries = 0
    while True:
        try:
            snapshot = refresh(
                suite=suite,
                root=settings.SNAPSHOT_ROOT,
                architectures=architectures,
                say=say,
            )
        except EngineError as error:
            if not error.is_fault:
                raise
            if current_name(settings.SNAPSHOT_ROOT, suite):
                say(f"{error} The index of an earlier run is used.")
                return
            wait = PAUSES[min(tries, len(PAUSES) - 1)]
            say(f"{error} Trying again in {wait:.0f} s.")
            pause(wait)
            tries += 1
        else:
            say(f"package index of {suite} is ready: {snapshot.digest}")
            return


def _solve(stream: VersionStream, say: Say) -> Lock | None:
    """The packages of one image; one that cannot be solved today is said, and does not keep back others."""
    try:
        return solve(spec=spec_of(stream))
    except (OrderRefused, IndexNotReady) as refused:
        say(f"{stream} cannot be built now. {refused}")
        return None


def _size(lock: Lock) -> int:
    """Bytes of all packages, compressed."""
    return sum(package.size for found in lock.packages.values() for package in found)


def _entitle(tenant: Tenant, images: Sequence[Image], names: Sequence[str]) -> None:
    for image in images:
        if ALL in names or image.name in names:
            entitle(tenant=tenant, image=image)


def _is_under_way(stream: VersionStream) -> bool:
    """Whether the newest release follows the stream's definition, or a build is on its way."""
    if Build.objects.filter(stream=stream).exclude(state__in=Build.ENDED).exists():
        return True
    return is_current(stream)


def is_current(stream: VersionStream) -> bool:
    """Whether the newest release of a stream follows its definition."""
    release = newest_release(stream)
    return release is not None and Spec.from_json(release.spec).digest == spec_of(stream).digest
