"""A tenant's own repositories: make one, change its settings, list them.

Not in charge of who may (`tenants.roles`), nor of what is pushed there (`registry.push`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, QuerySet

from registry.errors import Denied, SettingInvalid
from registry.models import Grant, Repository, Tag
from registry.names import ADDRESS_WORDS, check_name, matches
from tenants import audit
from tenants.models import Tenant, User
from tenants.names import RESERVED

#: Reserved as an address, yet where everybody looks for charts: a tenant may push its own there.
FOR_CHARTS = frozenset({"charts"})
MOST_PATTERNS, LONGEST_PATTERN, MOST_DAYS = 20, 128, 3650
_PATTERN = re.compile(r"[a-zA-Z0-9._*?\[\]!-]+")


def owned(tenant: Tenant) -> QuerySet[Repository]:
    """The tenant's repositories by name; each with `tag_count` and `moved_at`, its newest tag's time."""
    found = Repository.objects.owned_by(tenant.pk)
    return found.annotate(tag_count=Count("tags"), moved_at=Max("tags__updated_at")).order_by("name")


def refuse_name(tenant: Tenant, name: str) -> None:
    """Raise NameInvalid or Denied where the tenant cannot have a new repository of its own."""
    parts = check_name(name).split("/")
    if parts[0] in RESERVED - FOR_CHARTS or ADDRESS_WORDS & set(parts):
        raise Denied("This name is reserved; choose another.")
    if Grant.objects.of(tenant.pk).filter(name=name).exists():
        raise Denied("This image is published by the platform; choose another name.")


def made(tenant: Tenant, name: str) -> Repository:
    """The repository for a first push, whoever of several pushes made it."""
    try:
        with transaction.atomic():
            return Repository.objects.create(tenant=tenant, name=name, is_push_allowed=True)
    except IntegrityError:  # a parallel push made it
        return Repository.objects.get(tenant=tenant, name=name)


@transaction.atomic
def make(*, tenant: Tenant, name: str, actor: User, address: str = "") -> Repository:
    """A new repository to push to. Raises NameInvalid, Denied when the name is reserved or taken."""
    refuse_name(tenant, name)
    if Repository.objects.owned_by(tenant.pk).filter(name=name).exists():
        raise Denied("You have a repository of this name already.")
    repository = made(tenant, name)
    audit.record(tenant=tenant, actor=actor, verb="repository.made", object=name, address=address)
    return repository


@transaction.atomic
def change(
    *,
    repository: Repository,
    is_public: bool,
    immutable_tags: Sequence[str],
    retention_days: int,
    actor: User,
    address: str = "",
) -> None:
    """Set who may pull, which tags never move once written, and how long what a tag left is kept.

    Tags that match an immutable pattern now are fixed from now on, also when the pattern is taken away again.
    Raises SettingInvalid.
    """
    patterns = list(dict.fromkeys(immutable_tags))
    _check(patterns, retention_days)
    repository.lock()
    repository.refresh_from_db()
    wanted = {"is_public": is_public, "immutable_tags": patterns, "retention_days": retention_days}
    changed = {name: value for name, value in wanted.items() if getattr(repository, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(repository, name, value)
    repository.save(update_fields=list(changed))
    _fix(repository)
    audit.record(
        tenant=repository.tenant,
        actor=actor,
        verb="repository.changed",
        object=repository.name,
        address=address,
        data=changed,
    )


def _check(patterns: list[str], days: int) -> None:
    if len(patterns) > MOST_PATTERNS:
        raise SettingInvalid(f"Give at most {MOST_PATTERNS} patterns.")
    for one in patterns:
        if len(one) > LONGEST_PATTERN or not _PATTERN.fullmatch(one):
            raise SettingInvalid(f"{one[:40]} is no pattern of tags: letters, digits, “.”, “_”, “-” and “*”.")
    if not 1 <= days <= MOST_DAYS:
        raise SettingInvalid(f"Keep what a tag left for between 1 and {MOST_DAYS} days.")


def _fix(repository: Repository) -> None:
    tags = Tag.objects.filter(repository=repository, is_immutable=False)
    fixed = [tag.pk for tag in tags.only("name") if matches(tag.name, repository.immutable_tags)]
    Tag.objects.filter(pk__in=fixed).update(is_immutable=True)
