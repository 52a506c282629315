"""Which images of a tenant's catalogue stand for those that a chart names, by digest: the chart's lock.

A digest that the chart pins is kept where it may be pulled here; otherwise the tag that comes nearest is looked up,
and where none does, the newest release. Not in charge of writing it into values (`catalog.charts.relocate`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from catalog import search
from catalog.charts.places import Path, Place, upstream_names
from catalog.models import Image
from registry import visibility
from registry.visibility import View
from tenants.models import Tenant

#: What to write, by where in the values.
Changes = dict[Path, str | bool]
#: Of a version that are looked up, each by a query: no stream is named by more.
MOST_PARTS = 4
_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)")


class How(StrEnum):
    """How an image was found."""

    PINNED = "pinned"
    TAG = "tag"
    STREAM = "stream"
    NEWEST = "newest"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Locked:
    """An image that a chart deploys, and what stands for it here; `name`, `tag` and `digest` are "" if nothing does."""

    place: Place
    how: How
    name: str = ""
    tag: str = ""
    digest: str = ""

    @property
    def where(self) -> str:
        return ".".join(self.place.path)

    def reference(self, registry: str) -> str:
        """What a cluster pulls: name, tag and digest on the tenant's host."""
        return f"{registry}/{self.name}{f':{self.tag}' if self.tag else ''}@{self.digest}"

    def changes(self, registry: str) -> Changes:
        """What to write where in the values, so that a cluster pulls it from the tenant's host.

        One that is missing here stays where the chart has it, though another's change frees it from a common registry.
        """
        path, keys = self.place.path, self.place.keys
        if self.how is How.MISSING:
            is_freed = "registry" in keys and any(value == "" for _, value in self.place.also)
            return {(*path, "registry"): self.place.registry} if is_freed else {}
        found: Changes = dict(self.place.also)
        if self.place.is_text:
            return {**found, path: self.reference(registry)}
        apart = "registry" in keys
        found[*path, "repository"] = self.name if apart else f"{registry}/{self.name}"
        if apart:
            found[*path, "registry"] = registry
        if "digest" in keys:
            found[*path, "digest"] = self.digest
        else:
            found[*path, "tag"] = f"{self.tag or 'latest'}@{self.digest}"
        return found


def locked(*, tenant: Tenant, places: Iterable[Place]) -> list[Locked]:
    """Each place with what stands for it; queries grow with the number of different images only."""
    places = list(places)
    images = images_for(tenant=tenant, places=places)
    views: dict[str, View | None] = {}
    known: dict[tuple[str, str, str], Locked] = {}
    found = []
    for place in places:
        image = images.get(place)
        if image is None:
            found.append(Locked(place, How.MISSING))
            continue
        name: str = getattr(image, "shown_name", image.name)
        key = (name, place.tag, place.digest)
        if key not in known:
            if name not in views:
                views[name] = visibility.find(tenant=tenant, name=name)
            known[key] = _locked(place, image, name, views[name])
        one = known[key]
        found.append(Locked(place, one.how, one.name, one.tag, one.digest))
    return found


def images_for(*, tenant: Tenant, places: Iterable[Place]) -> dict[Place, Image]:
    """The image of the tenant's catalogue that each place means, in one query; those without one are left out."""
    wanted = {place: [place.repository, *upstream_names(place)] for place in places}
    if not wanted:
        return {}
    asked = Q(shown_name__in={names[0] for names in wanted.values()})
    for reference in sorted({names[1] for names in wanted.values()}):
        asked |= Q(replaces__icontains=reference)
    by_name: dict[str, Image] = {}
    for image in search.images_of(tenant).filter(asked):
        by_name[getattr(image, "shown_name", image.name)] = image
        for reference in image.replaces:
            by_name.setdefault(str(reference), image)
    found = {
        place: next((by_name[name] for name in names if name in by_name), None)
        for place, names in wanted.items()
    }
    return {place: image for place, image in found.items() if image is not None}


def _locked(place: Place, image: Image, name: str, view: View | None) -> Locked:
    if view is None:
        return Locked(place, How.MISSING)
    if place.digest and view.manifest(place.digest) is not None:
        return Locked(place, How.PINNED, name, place.tag if _points(view, place) else "", place.digest)
    for how, tag in _tags(place.tag):
        if (manifest := view.tag(tag)) is not None:
            return Locked(place, how, name, tag, manifest.digest)
    stream = image.streams.order_by("-is_latest", "variant", "name").first()
    manifest = view.tag(stream.name) if stream else None
    if stream is None or manifest is None:
        return Locked(place, How.MISSING)
    return Locked(place, How.NEWEST, name, stream.name, manifest.digest)


def _points(view: View, place: Place) -> bool:
    manifest = view.tag(place.tag) if place.tag else None
    return manifest is not None and manifest.digest == place.digest


def _tags(asked: str) -> Iterator[tuple[How, str]]:
    """The tag that is asked for, then the streams it may be of: "8.2.1-debian-12-r0" asks for 8.2.1, 8.2 and 8."""
    if not asked:
        return
    yield How.TAG, asked
    version = _VERSION.match(asked)
    parts = version[1].split(".", MOST_PARTS)[:MOST_PARTS] if version else []
    for length in range(len(parts), 0, -1):
        if (tag := ".".join(parts[:length])) != asked:
            yield How.STREAM, tag
