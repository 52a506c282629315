"""Which images contain a package, below a version: of the catalogue as the tenant sees it, and its own.

Versions are compared as their packages' format orders them, by the byte keys that are stored beside them, so the
answer is an index range. Not in charge of advisories: what is wrong below that version is the asker's to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, overload

from django.db.models import Count, Exists, F, OuterRef, Q

from catalog.limits import Limit, limits
from catalog.models import Package, PackageSpan
from catalog.models.package import PackageSpanQuerySet
from catalog.parts import parts
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


@dataclass(frozen=True, slots=True)
class Holder:
    """An image by its name on the tenant's host, with the lines that are concerned."""

    name: str
    is_own: bool
    lines: list[Line]
    #: Whether any newest release holds it.
    is_now: bool


class Holders(Sequence[Holder]):
    """Images by name, those whose newest release holds it first; lines are read for the slice that is asked for."""

    def __init__(self, spans: PackageSpanQuerySet, shown: list[tuple[bool, _Shown]]) -> None:
        self._spans = spans
        self._shown = sorted(shown, key=lambda one: (not one[0], one[1].name))
        #: How many hold it in a newest release.
        self.now = sum(is_now for is_now, _ in shown)

    def __len__(self) -> int:
        return len(self._shown)

    @overload
    def __getitem__(self, index: int) -> Holder: ...
    @overload
    def __getitem__(self, index: slice) -> list[Holder]: ...
    def __getitem__(self, index: int | slice) -> Holder | list[Holder]:
        return (
            self._read([self._shown[index]])[0] if isinstance(index, int) else self._read(self._shown[index])
        )

    def __iter__(self) -> Iterator[Holder]:
        return iter(self[:])

    def _read(self, shown: list[tuple[bool, _Shown]]) -> list[Holder]:
        spans = self._spans.filter(repository__in=[one.repository for _, one in shown])
        # The last span of each line: what its newest release holds, or the last that any did.
        last: dict[tuple[int, str], Line] = {}
        for repository, stream, version, until in spans.order_by("pk").values_list(
            "repository_id", "stream__name", "version__version", "until"
        ):
            last[repository, stream or ""] = Line(stream or "", version, until is None)
        found: dict[int, list[Line]] = {}
        for (repository, _), line in last.items():
            found.setdefault(repository, []).append(line)
        return [
            Holder(
                one.name, one.is_own, [line for line in found[one.repository] if one.has(line.tag)], is_now
            )
            for is_now, one in shown
        ]


def holders(*, tenant: Tenant, name: str, below: str, order_of: OrderOf, has_older: bool = False) -> Holders:
    """Images that hold the package `name` in a version below `below` ("" for any).

    By default only newest releases count; with `has_older` also those before. Raises NoVersion.
    """
    wanted = _wanted(name, below, order_of)
    spans = PackageSpan.objects.none() if wanted is None else PackageSpan.objects.filter(wanted)
    seen = _seen(tenant)
    limited = {one.repository: one.limit for one in seen.values() if one.limit is not None}
    if has_older:
        without_past = [repository for repository, limit in limited.items() if limit.grant.is_latest_only]
        spans = spans.exclude(repository__in=without_past, until__isnull=False)
    else:
        spans = spans.newest()
    # Most grants show every stream: what is known of their repositories need not be told apart by stream.
    whole = spans.exclude(repository__in=limited).values_list("repository_id").annotate(now=_IS_NOW)
    in_part = spans.filter(repository__in=limited).values_list("repository_id", "stream__name")
    shown = {repository: now for repository, now in whole.order_by() if repository in seen}
    for repository, stream, now in in_part.annotate(now=_IS_NOW).order_by():
        if seen[repository].has(stream or ""):
            shown[repository] = shown.get(repository, 0) + now
    return Holders(spans, [(bool(now), seen[repository]) for repository, now in shown.items()])


#: How many lines hold it in their newest release.
_IS_NOW = Count("pk", filter=Q(until=None))


class _Shown(NamedTuple):
    """A repository on the tenant's host; `limit` is what its grant shows of it, None for all."""

    repository: int
    name: str
    is_own: bool
    limit: Limit | None

    def has(self, stream: str) -> bool:
        return self.limit is None or stream in self.limit.streams


def _seen(tenant: Tenant) -> dict[int, _Shown]:
    grants = Grant.objects.of(tenant.pk).in_force().values_list("repository_id", "name")
    own = Repository.objects.owned_by(tenant.pk).values_list("pk", "name")
    limited = limits(tenant.pk)
    found = {key: _Shown(key, name, False, limited.get(key)) for key, name in grants}
    return found | {key: _Shown(key, name, True, None) for key, name in own}


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


def suggested(*, tenant: Tenant, name: str, most: int = 12) -> Iterable[str]:
    """Names of packages that begin as `name` does and that an image of the tenant holds: others' are not told of."""
    names = Package.objects.filter(name__begins=name) if name else Package.objects.none()
    seen = _seen(tenant)
    whole = [key for key, one in seen.items() if one.limit is None]
    lines = parts(tenant=tenant, repositories=[*seen.keys() - whole]).lines
    spans = PackageSpan.objects.filter(
        Q(repository__in=whole) | Q(stream__in=lines), version__package=OuterRef("pk")
    )
    held = names.filter(Exists(spans))
    return held.order_by(F("name")).values_list("name", flat=True).distinct()[:most]
