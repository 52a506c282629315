"""Give a tenant sight of many platform repositories at once, and take it away: a fixed number of queries for any number.

What a grant was is told when it ends, so that it can be given again as it was. Rows only; nothing is copied. Not in
charge of one grant's rule (`registry.grants`), nor of who may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from registry.models import Grant, HeldTag, Repository, RepositoryManifest
from tenants.models import Tenant

#: What a grant was: since when, what of its name and rule was its own, its pins; as JSON has it, times in ISO 8601.
Was = Mapping[str, Any]
_RULE = ("name", "tag_patterns", "streams", "is_latest_only", "starts_at", "ends_at", "is_on_hold")
_PIN = ("name", "stream", "reason", "actor", "created_at", "ended_at")
_TIMES = frozenset({"starts_at", "ends_at", "created_at", "ended_at"})


@transaction.atomic
def give(*, tenant: Tenant, repositories: Collection[Repository], as_before: Mapping[str, Was]) -> None:
    """Show each platform repository that `tenant` does not see yet, all its tags or by the rule it had.

    Of one that is in `as_before` (by the repository's name) name, rule, pins, and the past that it showed come back.
    A name that another repository of the tenant has by now is given up for `library/<name>`. Where everyone is let
    in (`Tenant.is_open`) only the latest is shown.
    """
    seen = dict(Grant.objects.of(tenant.pk).values_list("repository", "name"))
    taken = {*seen.values(), *Repository.objects.owned_by(tenant.pk).values_list("name", flat=True)}
    given = []
    for repository in repositories:
        if repository.pk in seen:
            continue
        was = as_before.get(repository.name, {})
        rule = {**_usual(tenant, repository), **_read(was, [name for name in _RULE if name in was])}
        if rule["name"] in taken:
            rule["name"] = repository.name if repository.name not in taken else f"library/{repository.name}"
        taken.add(rule["name"])
        given.append(Grant(tenant=tenant, repository=repository, **rule))
    Grant.objects.bulk_create(given)
    again = [grant for grant in given if grant.repository.name in as_before]
    for grant in again:  # when it was made the field wrote the present
        grant.created_at = _read(as_before[grant.repository.name], ["created_at"])["created_at"]
    Grant.objects.bulk_update(again, ["created_at"])
    _pin_again(again, as_before)


@transaction.atomic
def end(*, tenant: Tenant, repositories: Collection[Repository]) -> dict[str, Was]:
    """End the grants of these, where there are any; what each was, by its repository's name."""
    grants = Grant.objects.of(tenant.pk).filter(repository__in=repositories)
    were = {
        grant.repository.name: _was(grant, _usual(tenant, grant.repository))
        for grant in grants.select_related("repository").prefetch_related("held_tags__manifest")
    }
    grants.delete()
    return were


def _usual(tenant: Tenant, repository: Repository) -> dict[str, Any]:
    return {
        "name": repository.name, "tag_patterns": ["*"], "streams": [], "is_latest_only": tenant.is_open,
        "starts_at": None, "ends_at": None, "is_on_hold": False,
    }  # fmt: skip


def _was(grant: Grant, usual: Mapping[str, Any]) -> Was:
    own = {name: value for name, value in _told(grant, _RULE).items() if value != usual[name]}
    pins = [{**_told(pin, _PIN), "digest": pin.manifest.digest} for pin in grant.held_tags.all()]
    return {**_told(grant, ["created_at"]), **own, **({"pins": pins} if pins else {})}


def _pin_again(given: Collection[Grant], as_before: Mapping[str, Was]) -> None:
    """Pins as they were, of digests that are still kept; withdrawn ones say so."""
    pins = [
        (grant, pin) for grant in given for pin in as_before.get(grant.repository.name, {}).get("pins", [])
    ]
    for repository in {grant.repository for grant, _ in pins}:
        repository.lock()  # collection waits
    links = RepositoryManifest.objects.filter(
        repository__in={grant.repository_id for grant, _ in pins},
        manifest__digest__in={pin["digest"] for _, pin in pins},
    )
    kept = {(link.repository_id, link.manifest.digest): link for link in links.select_related("manifest")}
    again = [
        (pin, HeldTag(grant=grant, manifest=link.manifest, withdrawn=link.withdrawn, **_read(pin, _PIN)))
        for grant, pin in pins
        if (link := kept.get((grant.repository_id, pin["digest"])))
    ]
    made = HeldTag.objects.bulk_create(each for _, each in again)
    for (pin, _), held in zip(again, made, strict=True):
        held.created_at = _read(pin, ["created_at"])["created_at"]
    HeldTag.objects.bulk_update(made, ["created_at"])


def _told(row: Grant | HeldTag, names: Collection[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(was: Was, names: Collection[str]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(was[name]) if name in _TIMES and was[name] else was[name]
        for name in names
    }
