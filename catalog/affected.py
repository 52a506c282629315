"""Which images contain a package, below a version: of the catalogue as the tenant sees it, and its own.

Versions are compared as their packages' format orders them, by the byte keys that are stored beside them, so the
answer is an index range. Not in charge of advisories: what is wrong below that version is the asker's to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.db.models import F, Max, Q, QuerySet

from catalog.models import Package, PackageSpan
from registry.models import Grant, Repository
from tenants.models import Tenant


class Order(Protocol):
    """How the versions of one package format are ordered."""

    def version_key(self, version: str, /) -> bytes: ...

    def is_version(self, text: str, /) -> bool: ...


#: The order of an ecosystem ("deb", "apk").
OrderOf = Callable[[str], Order]


class NoVersion(ValueError):
    """What was given as a version is none in the format of that package."""

    code = "version-invalid"

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:80]!r} is no version.")


class Line(NamedTuple):
    """A stream (or, of a golden image, its releases) that holds the package in `version`."""

    tag: str
    version: str
    #: Whether its newest release does; otherwise only older ones did.
    is_newest: bool


@dataclass(slots=True)
class Holder:
    """An image by its name on the tenant's host, with the lines that are concerned."""

    name: str
    is_own: bool
    lines: list[Line]
    #: Whether any newest release holds it.
    is_now: bool = False


def holders(
    *, tenant: Tenant, name: str, below: str, order_of: OrderOf, has_older: bool = False
) -> list[Holder]:
    """Images that hold the package `name` in a version below `below` ("" for any), by name.

    By default only newest releases count; with `has_older` also those before. Raises NoVersion.
    """
    wanted = _wanted(name, below, order_of)
    if wanted is None:
        return []
    seen = _seen(tenant)
    spans = _last_of_lines(PackageSpan.objects.filter(wanted), has_older=has_older)
    found: dict[int, Holder] = {}
    rows = spans.values_list("repository_id", "stream__name", "version__version", "until")
    for repository, stream, version, until in rows:
        if (shown := seen.get(repository)) is None or (shown.streams and stream not in shown.streams):
            continue
        if (holder := found.get(repository)) is None:
            holder = found[repository] = Holder(shown.name, shown.is_own, [])
        holder.lines.append(Line(stream or "", version, until is None))
        holder.is_now = holder.is_now or until is None
    return sorted(found.values(), key=lambda holder: (not holder.is_now, holder.name))


class _Shown(NamedTuple):
    """A repository on the tenant's host; `streams` are those that its grant shows, none for all of them."""

    name: str
    is_own: bool
    streams: list[str]


def _seen(tenant: Tenant) -> dict[int, _Shown]:
    grants = Grant.objects.of(tenant.pk).in_force().values_list("repository_id", "name", "streams")
    own = Repository.objects.owned_by(tenant.pk).values_list("pk", "name")
    found = {repository: _Shown(name, False, streams) for repository, name, streams in grants}
    return found | {repository: _Shown(name, True, []) for repository, name in own}


def _wanted(name: str, below: str, order_of: OrderOf) -> Q | None:
    """Spans of that package in every ecosystem that has it and knows such a version; None where there is none."""
    packages = list(Package.objects.filter(name=name))
    if not below:
        return Q(version__package__in=packages) if packages else None
    chosen = [(each, order) for each in packages if (order := order_of(each.ecosystem)).is_version(below)]
    if packages and not chosen:
        raise NoVersion(below)
    wanted = Q(pk__in=[])
    for package, order in chosen:
        wanted |= Q(version__package=package, version__key__lt=order.version_key(below))
    return wanted if chosen else None


def _last_of_lines(spans: QuerySet[PackageSpan], *, has_older: bool) -> QuerySet[PackageSpan]:
    """One span of each line: what its newest release holds, or the last that any did."""
    if not has_older:
        return spans.filter(until=None)
    last = spans.values("repository_id", "stream_id").annotate(last=Max("pk")).values("last")
    return PackageSpan.objects.filter(pk__in=last)


def suggested(name: str, most: int = 12) -> Iterable[str]:
    """Names of packages that begin as `name` does."""
    names = Package.objects.filter(name__startswith=name) if name else Package.objects.none()
    return names.order_by(F("name")).values_list("name", flat=True).distinct()[:most]
