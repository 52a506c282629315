"""What a tenant sees of a repository: all of its own, or what a grant shows of the platform's.

There is no way to a blob, manifest, tag or referrer but through a `View`, so "not yours" and "not
there" cannot differ. A digest counts as shown by a grant when a shown tag reaches it, reached it
within the repository's retention, or when it is a referrer of something so shown. Not in charge of
who is asking: see `registry.door`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Collate, StrIndex
from django.utils import timezone

from registry.models import Blob, Grant, Manifest, Reach, Repository, RepositoryManifest, Tag, TagEvent
from registry.names import subject_of_companion
from registry.tags import matches
from tenants.models import Tenant

#: Referrers of referrers of ... that are followed before a digest counts as not shown.
DEEPEST = 4
#: Tag rows looked at per query while a grant's patterns are applied.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class View:
    """One repository as one tenant sees it; `grant` is None when the tenant sees all of it."""

    repository: Repository
    grant: Grant | None = None

    def tag(self, name: str) -> Manifest | None:
        """What a tag points to for this tenant, holds included; None when it is not shown."""
        if self.grant is not None:
            if subject := subject_of_companion(name):
                return self._tagged(name) if self.manifest(subject) else None
            if not _shows(self.grant, name):
                return None
            held = Manifest.objects.filter(pk__in=self.grant.held_tags.filter(name=name).values("manifest"))
            if manifest := held.first():
                return manifest
        return self._tagged(name)

    def tags(self, *, last: str = "", limit: int | None = None) -> list[str]:
        """Names of shown tags after `last`, in byte order. Companion tags of platform images are left out."""
        found: list[str] = []
        while limit is None or len(found) < limit:
            rows = self._tag_names(last)[: PAGE if limit is None else min(PAGE, max(limit, 50))]
            page = list(rows)
            found += [name for name in page if self.grant is None or _shows(self.grant, name)]
            if not page:
                break
            last = page[-1]
        return found if limit is None else found[:limit]

    def manifest(self, digest: str) -> Manifest | None:
        """A manifest by digest, when this tenant may pull it."""
        manifest = Manifest.objects.filter(
            digest=digest, repository_links__repository=self.repository
        ).first()
        if manifest is None or self.grant is None or self._is_shown([manifest.pk]):
            return manifest
        return None

    def blob(self, digest: str) -> Blob | None:
        """A blob by digest, when this tenant may pull it."""
        blob = Blob.objects.filter(
            digest=digest, state=Blob.State.LIVE, repository_links__repository=self.repository
        ).first()
        if blob is None or self.grant is None:
            return blob
        holders = Manifest.objects.filter(blob_links__blob=blob, repository_links__repository=self.repository)
        return blob if self._is_shown(list(holders.values_list("pk", flat=True))) else None

    def referrers(self, digest: str, artifact_type: str | None = None) -> list[Manifest]:
        """Manifests whose subject is `digest`; empty when that is unknown or not shown."""
        if self.grant is not None and self.manifest(digest) is None:
            return []
        found = Manifest.objects.filter(
            repository_links__repository=self.repository, repository_links__subject=digest
        ).order_by("pk")
        return list(found.filter(artifact_type=artifact_type) if artifact_type else found)

    def _tagged(self, name: str) -> Manifest | None:
        return Manifest.objects.filter(tags__repository=self.repository, tags__name=name).first()

    def _tag_names(self, last: str) -> QuerySet[Tag, str]:
        rows = Tag.objects.filter(repository=self.repository)
        if self.grant is not None or not _lists_everything(self.repository):
            rows = rows.exclude(name__startswith="sha256-").exclude(name__startswith="sha512-")
        if connection.vendor == "postgresql":
            in_bytes = Collate(F("name"), "C")
            rows = rows.alias(in_bytes=in_bytes).order_by("in_bytes")
            after = Q(in_bytes__gt=Collate(Value(last, output_field=CharField()), "C"))
        else:
            rows, after = rows.order_by("name"), Q(name__gt=last)
        return (rows.filter(after) if last else rows).values_list("name", flat=True)

    def _is_shown(self, manifests: list[int], depth: int = 0) -> bool:
        """Whether any of these manifests (by id) is reached from a shown tag or is a shown one's referrer."""
        if not manifests or depth > DEEPEST:
            return False
        roots = list(Reach.objects.filter(manifest__in=manifests).values_list("root_id", flat=True))
        if self._has_shown_tag(roots):
            return True
        subjects = RepositoryManifest.objects.filter(repository=self.repository, manifest__in=roots).exclude(
            subject=""
        )
        about = set(subjects.values_list("subject", flat=True)) | self._companions(roots)
        known = Manifest.objects.filter(digest__in=about, repository_links__repository=self.repository)
        return self._is_shown(list(known.values_list("pk", flat=True)), depth + 1)

    def _has_shown_tag(self, roots: list[int]) -> bool:
        grant = self.grant
        if grant is None:
            return True
        current = Tag.objects.filter(repository=self.repository, manifest__in=roots)
        names = set(current.values_list("name", flat=True))
        if any(_shows(grant, name) for name in names if not subject_of_companion(name)):
            return True
        if grant.held_tags.filter(manifest__in=roots).exists():
            return True
        if grant.is_latest_only:
            return False
        left = TagEvent.objects.filter(
            repository=self.repository, previous__in=roots, at__gte=_history_from(grant, self.repository)
        )
        return any(_shows(grant, name) for name in set(left.values_list("name", flat=True)))

    def _companions(self, roots: list[int]) -> set[str]:
        named = Tag.objects.filter(repository=self.repository, manifest__in=roots).annotate(
            is_hash=StrIndex("name", Value("sha"))
        )
        names = named.filter(is_hash=1).values_list("name", flat=True)
        return {subject for name in names if (subject := subject_of_companion(name))}


def find(*, tenant: Tenant | None, name: str) -> View | None:
    """The repository called `name` on the tenant's host, as that tenant sees it; None when there is none.

    Without a tenant only a public repository of the platform is found.
    """
    if tenant is None:
        repository = Repository.objects.of_platform().filter(name=name, is_public=True).first()
        return View(repository) if repository else None
    owned = Repository.objects.owned_by(tenant.pk).filter(name=name).first()
    if owned is not None:
        return View(owned)
    grant = Grant.objects.of(tenant.pk).in_force().filter(name=name).select_related("repository").first()
    return View(grant.repository, grant) if grant else None


def names(*, tenant: Tenant) -> list[str]:
    """Every repository name the tenant sees, in byte order."""
    owned = Repository.objects.owned_by(tenant.pk).values_list("name", flat=True)
    granted = Grant.objects.of(tenant.pk).in_force().values_list("name", flat=True)
    return sorted({*owned, *granted})


def _shows(grant: Grant, tag: str) -> bool:
    # "latest only" means the tag `latest` and its variants, and no history of them.
    if grant.is_latest_only and tag != "latest" and not tag.startswith("latest-"):
        return False
    return matches(tag, grant.tag_patterns)


def _history_from(grant: Grant, repository: Repository) -> object:
    begun = grant.starts_at or grant.created_at
    return max(begun, timezone.now() - timedelta(days=repository.retention_days))


def _lists_everything(repository: Repository) -> bool:
    return repository.is_push_allowed or repository.is_staging
