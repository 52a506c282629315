"""What a tenant sees of many tags or digests, in a fixed number of queries: for lists of charts and of releases.

The rule of what is shown is a grant's (`Grant.shows`), pins included. Not in charge of one tag or digest: that is
`registry.visibility`, whose answer a pull has to get in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from registry import queries
from registry.models import Grant, HeldTag, Manifest, Repository, RepositoryManifest, Tag
from registry.names import subject_of_companion
from registry.visibility import View
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag as a tenant sees it: `name` is its repository's on the tenant's host."""

    name: str
    tag: str
    manifest: Manifest
    moved_at: datetime


class TagFacts(NamedTuple):
    """A shown tag of one repository and where it points; `is_pinned` where the tenant keeps it there."""

    name: str
    digest: str
    is_immutable: bool
    moved_at: datetime
    is_pinned: bool = False


def tags_of(view: View) -> list[TagFacts]:
    """Every shown tag, narrowly, in no order; a pin in the place of what it holds back."""
    grant = view.grant
    rows = queries.tag_facts(view.repository.pk) if grant is not None else _own_tags(view)
    found = {
        name: TagFacts(name, digest, is_fixed, at)
        for name, stream, digest, is_fixed, at in rows
        if grant is None or grant.shows(name, stream)
    }
    if grant is not None and view.has_pins:
        found |= {
            name: TagFacts(name, digest, False, at, True)
            for name, stream, digest, at in queries.pin_facts(grant.pk)
            if grant.shows(name, stream)
        }
    return list(found.values())


def _own_tags(view: View) -> Iterable[tuple[str, str, str, bool, datetime]]:
    return view.listed().values_list("name", "stream", "manifest__digest", "is_immutable", "updated_at")


def tags_below(
    *, tenant: Tenant, prefix: str, is_public_only: bool = False, named: Collection[str] | None = None
) -> list[ShownTag]:
    """Every tag shown in repositories whose name begins with `prefix`; with `named` those of these names alone."""
    shelves = _shelves(tenant, prefix)
    if is_public_only:
        shelves = {key: one for key, one in shelves.items() if one[0].is_public}
    tags = Tag.objects.filter(repository__in=shelves).select_related("manifest").order_by("pk")
    tags = tags if named is None else tags.filter(name__in=named)
    found = {
        (name, each.name): ShownTag(name, each.name, each.manifest, each.updated_at)
        for each in tags
        for _, name, grant in [shelves[each.repository_id]]
        if not subject_of_companion(each.name) and (grant is None or grant.shows(each.name, each.stream))
    }
    merged = {**found, **_pinned(shelves)}
    return [one for (_, name), one in merged.items() if named is None or name in named]


def roots_of(view: View) -> set[str] | None:
    """Digests that shown tags and pins point to, or left within the retention; None where all that is there is shown."""
    grant, repository = view.grant, view.repository
    if grant is None:
        return None
    found = queries.tag_roots(repository.pk)
    found += [(name, stream, digest) for name, stream, digest, _ in queries.pin_facts(grant.pk)]
    if not grant.is_latest_only:
        since = grant.history_from(repository)
        found += queries.left_since(repository.pk, since)
        found += queries.unpinned_since(grant.pk, since)
    return {
        digest
        for name, stream, digest in found
        if not subject_of_companion(name) and grant.shows(name, stream)
    }


def linked(view: View, digests: Iterable[str]) -> dict[str, RepositoryManifest]:
    """`View.linked` of many digests; only such as may be referrers are asked one by one."""
    rows = queries.links_of(view.repository.pk, list(digests))
    links = {row.manifest.digest: row for row in rows}
    shown = roots_of(view)
    if shown is None:
        return links
    reached = queries.reached([link.manifest_id for link in links.values()])
    seen = {manifest for manifest, _, digest in reached if digest in shown}
    rest = [root for manifest, root, _ in reached if manifest not in seen]
    is_about = bool(rest) and _may_be_about(view, rest)
    return {
        digest: link
        for digest, link in links.items()
        if link.manifest_id in seen or (is_about and view.manifest(digest) is not None)
    }


def _may_be_about(view: View, manifests: list[int]) -> bool:
    """Whether any of these has a subject, or a tag that says so."""
    links = RepositoryManifest.objects.filter(repository=view.repository, manifest__in=manifests)
    return links.exclude(subject="").exists() or bool(view.companions(manifests))


def _shelves(tenant: Tenant, prefix: str) -> dict[int, tuple[Repository, str, Grant | None]]:
    """Repositories by id, with their name here and the grant, if any; an owned one hides a grant of its name."""
    owned = Repository.objects.owned_by(tenant.pk).filter(name__startswith=prefix)
    own = {each.name: (each, each.name, None) for each in owned}
    grants = (
        Grant.objects.of(tenant.pk).in_force().filter(name__startswith=prefix).select_related("repository")
    )
    granted = {each.name: (each.repository, each.name, each) for each in grants}
    return {one[0].pk: one for one in {**granted, **own}.values()}


def _pinned(shelves: dict[int, tuple[Repository, str, Grant | None]]) -> dict[tuple[str, str], ShownTag]:
    by_grant = {grant.pk: (name, grant) for _, name, grant in shelves.values() if grant is not None}
    pins = HeldTag.objects.in_force().filter(grant__in=by_grant).select_related("manifest")
    return {
        (name, pin.name): ShownTag(name, pin.name, pin.manifest, pin.created_at)
        for pin in pins
        for name, grant in [by_grant[pin.grant_id]]
        if grant.shows(pin.name, pin.stream)
    }
