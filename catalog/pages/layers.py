"""The layers of a release: what each holds, and which other images of the tenant have it, too.

Shared means: named by a manifest of that repository, so that whoever has pulled the one has that layer for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F

from catalog.models import LayerListing, Release
from registry.models import Grant, Repository, RepositoryManifest
from registry.visibility import View
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Layer:
    """`listing` is None while nobody has read it. `others` are names of repositories on the tenant's host."""

    number: int
    digest: str
    size: int
    listing: LayerListing | None
    others: tuple[str, ...]
    #: Where its share of the image's bytes begins and how wide it is, of 1000.
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layers:
    """Those of one architecture, the lowest first."""

    architecture: str
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers)

    @property
    def shared(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.layers if layer.others)

    @property
    def shared_size(self) -> int:
        return sum(layer.size for layer in self.shared)


def layers_of(tenant: Tenant, view: View, release: Release) -> Layers:
    """The layers of the release's first architecture; four queries."""
    architecture = next(iter(release.platforms), "")
    platform = release.platforms.get(architecture) or {}
    described = [(str(one["digest"]), int(one["size"])) for one in platform.get("layers") or []]
    digests = [digest for digest, _ in described]
    listings = {one.digest: one for one in LayerListing.objects.filter(digest__in=digests).defer("content")}
    others = _others(tenant, view, digests)
    total, before, found = max(sum(size for _, size in described), 1), 0, []
    for number, (digest, size) in enumerate(described, start=1):
        x, end = 1000 * before // total, 1000 * (before + size) // total
        found.append(
            Layer(number, digest, size, listings.get(digest), others.get(digest, ()), x, max(end - x, 1))
        )
        before += size
    return Layers(architecture, tuple(found))


def _others(tenant: Tenant, view: View, digests: list[str]) -> Mapping[str, tuple[str, ...]]:
    """Names of the tenant's other repositories by layer."""
    grants = Grant.objects.of(tenant.pk).in_force().exclude(repository=view.repository)
    names = dict(grants.values_list("repository_id", "name"))
    owned = Repository.objects.owned_by(tenant.pk).exclude(pk=view.repository.pk)
    names |= dict(owned.values_list("pk", "name"))
    links = RepositoryManifest.objects.filter(
        repository__in=names, manifest__blob_links__blob__digest__in=digests
    ).annotate(layer=F("manifest__blob_links__blob__digest"))
    found: dict[str, set[str]] = {}
    for repository, layer in links.values_list("repository_id", "layer").distinct():
        if layer in digests:
            found.setdefault(layer, set()).add(names[repository])
    return {layer: tuple(sorted(repositories)) for layer, repositories in found.items()}
