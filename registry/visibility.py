"""What a tenant sees of a repository: all of its own, or what a grant shows of the platform's.

There is no way to a blob, manifest, tag or referrer but through a `View`, so "not yours" and "not
there" cannot differ. A digest counts as shown by a grant when a shown tag or pin reaches it, reached it
within the repository's retention, or when it is a referrer of something so shown. Not in charge of
who is asking: see `registry.door`; nor of which tag a rule shows: `Grant.shows`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from django.db import connection
from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Collate

from registry import document, queries
from registry.models import (
    Blob,
    Grant,
    HeldTag,
    Manifest,
    ManifestBlob,
    Reach,
    Repository,
    RepositoryManifest,
    Tag,
    TagEvent,
    companions,
)
from registry.names import subject_of_companion
from tenants.models import Tenant

#: Referrers of referrers of ... that are followed before a digest counts as not shown.
DEEPEST = 4
#: Tag rows looked at per query while a grant's patterns are applied.
PAGE = 1000

#: Manifests by id: some, or a query that yields them.
Ids: TypeAlias = Iterable[int]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class View:
    """One repository as one tenant sees it; `grant` is None when the tenant sees all of it."""

    repository: Repository
    grant: Grant | None = None
    #: False where it is known that the tenant pins no tag: most do not, and a pull need not ask.
    has_pins: bool = True

    def tag(self, name: str) -> Manifest | None:
        """What a tag points to for this tenant, pins included; None when it is not shown."""
        found = self.tagged(name)
        return found.manifest if found else None

    def tagged(self, name: str) -> Tag | HeldTag | None:
        """The row behind `tag`: the source's, or the tenant's pin; with its manifest in the same query."""
        if self.grant is None:
            return queries.tag.first(self.repository.pk, name)
        if subject := subject_of_companion(name):
            return queries.tag.first(self.repository.pk, name) if self.manifest(subject) else None
        found = self._held(name) or queries.tag.first(self.repository.pk, name)
        return found if found and self.grant.shows(name, found.stream) else None

    def source_of(self, name: str) -> Tag | None:
        """Where a tag that the tenant pinned is at its source, if the grant shows that."""
        row = queries.tag.first(self.repository.pk, name)
        return row if row and (self.grant is None or self.grant.shows(name, row.stream)) else None

    def tags(self, *, last: str = "", limit: int | None = None) -> list[str]:
        """Names of shown tags after `last`, in byte order. Companion tags of platform images are left out."""
        grant, after = self.grant, last
        pinned = self._pinned_names()
        found: list[str] = []
        wanted = PAGE if limit is None else min(PAGE, max(limit, 50))
        while limit is None or len(found) < limit:
            page = list(self._tag_names(after)[:wanted])
            found += [name for name, stream in page if grant is None or grant.shows(name, stream)]
            if len(page) < wanted:
                break
            after = page[-1][0]
        if pinned:  # also where the source has deleted the tag, or moved it out of the grant's streams
            found = sorted({*found, *(name for name in pinned if name > last)})
        return found if limit is None else found[:limit]

    def listed(self) -> QuerySet[Tag]:
        """Rows of tags as at the source, before the grant's rule: companion tags of platform images are left out."""
        rows = Tag.objects.filter(repository=self.repository)
        lists_all = self.grant is None and self.repository.lists_every_tag
        return rows if lists_all else rows.exclude(companions())

    def manifest(self, digest: str) -> Manifest | None:
        """A manifest by digest, when this tenant may pull it."""
        link = self.linked(digest)
        return link.manifest if link else None

    def linked(self, digest: str) -> RepositoryManifest | None:
        """The row behind `manifest`, with it in the same query."""
        link = queries.link.first(self.repository.pk, digest)
        is_shown = link is None or self.grant is None or self._is_shown([link.manifest_id])
        return link if is_shown else None

    def blob(self, digest: str) -> Blob | None:
        """A blob by digest, when this tenant may pull it."""
        blob = Blob.objects.filter(
            digest=digest, state=Blob.State.LIVE, repository_links__repository=self.repository
        ).first()
        return blob if blob is None or self.grant is None or self._is_any_shown(blob) else None

    def referrers(
        self, digest: str, artifact_type: str | None = None, *, last: str = ""
    ) -> tuple[list[Manifest], bool]:
        """Manifests, without their bytes, whose subject is `digest`, and whether more of them follow.

        In the order of their own digests, from behind `last`: as many as have 4 MiB together, which bounds what
        they say of themselves. Nothing when `digest` is unknown or not shown.
        """
        if self.grant is not None and self.manifest(digest) is None:
            return [], False
        links = Q(repository_links__repository=self.repository, repository_links__subject=digest)
        found = Manifest.objects.filter(links, digest__gt=last)
        if artifact_type:
            found = found.filter(artifact_type=artifact_type)
        return found.as_many_as_have(document.LARGEST)

    def _held(self, name: str) -> HeldTag | None:
        if self.grant is None or not self.has_pins:
            return None
        return queries.pin.first(self.grant.pk, name)

    def _pinned_names(self) -> list[str]:
        if self.grant is None or not self.has_pins:
            return []
        pins = self.grant.held_tags.in_force().values_list("name", "stream")
        return [name for name, stream in pins if self.grant.shows(name, stream)]

    def _tag_names(self, last: str) -> QuerySet[Tag, tuple[str, str]]:
        """(name, stream) of tags after `last`, in byte order."""
        rows = self.listed()
        if connection.vendor == "postgresql":
            in_bytes = Collate(F("name"), "C")
            rows = rows.alias(in_bytes=in_bytes).order_by("in_bytes")
            after = Q(in_bytes__gt=Collate(Value(last, output_field=CharField()), "C"))
        else:
            rows, after = rows.order_by("name"), Q(name__gt=last)
        return (rows.filter(after) if last else rows).values_list("name", "stream")

    def _is_any_shown(self, blob: Blob) -> bool:
        """Whether a manifest that names it is shown."""
        holders = ManifestBlob.objects.filter(
            blob=blob, manifest__repository_links__repository=self.repository
        )
        ids = holders.order_by("-pk").values_list("manifest_id", flat=True)
        newest = list(ids[: queries.FEW])
        # Any number may name one, such as an empty config; the newest are the likeliest to be shown.
        return self._is_shown(newest) or (len(newest) == queries.FEW and self._is_shown(ids.order_by()))

    def _is_shown(self, manifests: Ids, depth: int = 0) -> bool:
        """Whether any of these manifests is reached from a shown tag or is a shown one's referrer."""
        if isinstance(manifests, list):
            tags = queries.first_tags(self.repository.pk, manifests)
            if _shows(self.grant, tags):
                return True
        # A query inside those that follow, however many there are.
        roots = Reach.objects.filter(manifest__in=manifests).values_list("root_id", flat=True)
        if self._has_shown_tag(roots):
            return True
        subjects = self._links().filter(manifest__in=roots).exclude(subject="")
        about = set(subjects.values_list("subject", flat=True)) | self.companions(roots)
        if not about or depth == DEEPEST:
            return False
        known = self._links().filter(manifest__digest__in=about).values_list("manifest_id", flat=True)
        return self._is_shown(known, depth + 1)

    def _links(self) -> QuerySet[RepositoryManifest]:
        return RepositoryManifest.objects.filter(repository=self.repository)

    def _has_shown_tag(self, roots: Ids) -> bool:
        """Whether a tag or pin that the grant shows points to one of these, or did within the retention."""
        grant = self.grant
        if grant is None:
            return True
        now = self._tags_of(roots).values_list("name", "stream")
        pins = grant.held_tags.filter(manifest__in=roots)
        if _any(grant, now) or _any(grant, pins.in_force().values_list("name", "stream")):
            return True
        if grant.is_latest_only:
            return False
        since = grant.history_from(self.repository)
        ended = pins.filter(ended_at__gte=since).values_list("name", "stream")
        left = self._left(roots, since).values_list("name", "previous_stream")
        return _any(grant, left) or _any(grant, ended)

    def companions(self, roots: Ids) -> set[str]:
        """Digests that these accompany by a `sha256-…` tag, or did within the retention."""
        named = self._tags_of(roots).filter(name__startswith="sha").values_list("name", flat=True)
        left = (
            self._left(roots, self.repository.kept_since)
            .filter(name__startswith="sha")
            .values_list("name", flat=True)
        )
        return {subject for name in {*named, *left} if (subject := subject_of_companion(name))}

    def _tags_of(self, roots: Ids) -> QuerySet[Tag]:
        return Tag.objects.filter(repository=self.repository, manifest__in=roots)

    def _left(self, roots: Ids, since: datetime) -> QuerySet[TagEvent]:
        """Events by which a tag left one of these."""
        return TagEvent.objects.filter(repository=self.repository, previous__in=roots, at__gte=since)


def find(*, tenant: Tenant | None, name: str) -> View | None:
    """The repository called `name` on the tenant's host, as that tenant sees it; None when there is none.

    Without a tenant only a public repository of the platform is found.
    """
    if tenant is None:
        repository = Repository.objects.of_platform().filter(name=name, is_public=True).first()
        return View(repository) if repository else None
    owned = queries.owned.first(tenant.pk, name)
    if owned is not None:
        return View(owned)
    grant = queries.granted.first(tenant.pk, name)
    return View(grant.repository, grant, grant.has_pins) if grant else None  # type: ignore[attr-defined]


def names(*, tenant: Tenant) -> list[str]:
    """Every repository name the tenant sees, in byte order."""
    owned = Repository.objects.owned_by(tenant.pk).values_list("name", flat=True)
    granted = Grant.objects.of(tenant.pk).in_force().values_list("name", flat=True)
    return sorted({*owned, *granted})


def _any(grant: Grant, tags: QuerySet[M, tuple[str, str]]) -> bool:
    """`_shows` of however many."""
    # Most often the first is; only a grant that hides nearly everything has them all looked at.
    return any(_shows(grant, part) for part in (tags[: queries.FEW], tags[queries.FEW :]))


def _shows(grant: Grant | None, tags: Iterable[tuple[str, str]]) -> bool:
    """Whether one of these (name, stream) is shown; a companion tag shows nothing by itself."""
    return any(
        (grant is None or grant.shows(name, stream)) and not subject_of_companion(name)
        for name, stream in tags
    )
