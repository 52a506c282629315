"""What nearly every pull and page asks of a repository, each statement written once (`tenants.compiled`).

Rows as they are: what a grant shows of them is `registry.visibility`'s to say.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from registry.models import Grant, HeldTag, Reach, Repository, RepositoryManifest, Tag, TagEvent, companions
from tenants.compiled import compiled

#: Rows looked at before it is worth asking for all the others.
FEW = 50


@compiled
def owned(tenant: int, name: str) -> QuerySet[Repository]:
    return Repository.objects.owned_by(tenant).filter(name=name)[:1]


@compiled
def granted(tenant: int, name: str) -> QuerySet[Grant]:
    grants = Grant.objects.of(tenant).in_force().filter(name=name).looking_for_pins()
    return grants.select_related("repository")[:1]


@compiled
def tag(repository: int, name: str) -> QuerySet[Tag]:
    return Tag.objects.filter(repository=repository, name=name).select_related("manifest")[:1]


@compiled
def pin(grant: int, name: str) -> QuerySet[HeldTag]:
    return HeldTag.objects.in_force().filter(grant=grant, name=name).select_related("manifest")[:1]


@compiled
def link(repository: int, digest: str) -> QuerySet[RepositoryManifest]:
    links = RepositoryManifest.objects.filter(repository=repository, manifest__digest=digest)
    return links.select_related("manifest")[:1]


@compiled
def first_tags(repository: int, manifests: list[int]) -> QuerySet[Tag, tuple[str, str]]:
    """(name, stream) of tags that point to one of these or to an index of it: as many as mostly suffice."""
    roots = Reach.objects.filter(manifest__in=manifests).values("root_id")
    return Tag.objects.filter(repository=repository, manifest__in=roots).values_list("name", "stream")[:FEW]


@compiled
def tag_facts(repository: int) -> QuerySet[Tag, tuple[str, str, str, bool, datetime]]:
    """(name, stream, digest, is_immutable, updated_at) of every tag but companions."""
    rows = Tag.objects.filter(repository=repository).exclude(companions())
    return rows.values_list("name", "stream", "manifest__digest", "is_immutable", "updated_at")


@compiled
def tag_roots(repository: int) -> QuerySet[Tag, tuple[str, str, str]]:
    """(name, stream, digest) of every tag: what only looks like a companion may be pulled as any other."""
    return Tag.objects.filter(repository=repository).values_list("name", "stream", "manifest__digest")


@compiled
def pin_facts(grant: int) -> QuerySet[HeldTag, tuple[str, str, str, datetime]]:
    """(name, stream, digest, created_at) of pins in force."""
    pins = HeldTag.objects.in_force().filter(grant=grant)
    return pins.values_list("name", "stream", "manifest__digest", "created_at")


@compiled
def left_since(repository: int, since: datetime) -> QuerySet[TagEvent, tuple[str, str, str]]:
    """(name, stream, digest) that tags had until then or later."""
    left = TagEvent.objects.filter(repository=repository, previous__isnull=False, at__gte=since)
    return left.values_list("name", "previous_stream", "previous__digest")


@compiled
def unpinned_since(grant: int, since: datetime) -> QuerySet[HeldTag, tuple[str, str, str]]:
    """(name, stream, digest) of pins that ended then or later."""
    ended = HeldTag.objects.filter(grant=grant, ended_at__gte=since)
    return ended.values_list("name", "stream", "manifest__digest")


@compiled
def links_of(repository: int, digests: list[str]) -> QuerySet[RepositoryManifest]:
    """`link` of many, without the manifests' bytes."""
    links = RepositoryManifest.objects.filter(repository=repository, manifest__digest__in=digests)
    return links.select_related("manifest").defer("manifest__content")


@compiled
def reached(manifests: list[int]) -> QuerySet[Reach, tuple[int, int, str]]:
    """(manifest, root, digest of the root) of whatever leads to one of these."""
    return Reach.objects.filter(manifest__in=manifests).values_list("manifest_id", "root_id", "root__digest")
