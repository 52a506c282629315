"""Turn a tag back to a digest that it had.

Not in charge of who may: a tenant's own tags are its admins', the platform's are the platform's.
"""

from __future__ import annotations

from django.db import transaction

from registry import tags
from registry.errors import ManifestGone, TagImmutable, TagNeverThere
from registry.models import Manifest, Repository, RepositoryManifest, Tag, TagEvent
from registry.names import check_tag
from registry.tags import Follows
from tenants import audit
from tenants.models import User


@transaction.atomic
def roll_back(
    *, repository: Repository, name: str, digest: str, actor: User, reason: str, address: str = ""
) -> TagEvent:
    """Point `name` at a digest that its history names, also when the tag was deleted since.

    The next publish or push moves it on again. Raises TagInvalid, TagImmutable, TagNeverThere, ManifestGone,
    ManifestWithdrawn.
    """
    check_tag(name)
    repository.lock()
    if Tag.objects.filter(repository=repository, name=name, is_immutable=True).exists():
        raise TagImmutable
    was = tags.history(repository, name).filter(manifest__digest=digest).first()
    if was is None or was.manifest is None:
        raise TagNeverThere
    if not RepositoryManifest.objects.filter(repository=repository, manifest=was.manifest).exists():
        raise ManifestGone
    event = _move(repository, was, was.manifest, actor, reason)
    audit.record(
        tenant=repository.tenant,
        actor=actor,
        verb="tag.rolled_back",
        object=f"{repository.name}:{name}",
        address=address,
        data={"digest": digest, "reason": reason},
    )
    return event


def _move(repository: Repository, was: TagEvent, manifest: Manifest, actor: User, reason: str) -> TagEvent:
    beside = Tag.objects.filter(repository=repository, stream=was.stream).first() if was.stream else None
    return tags.move(
        repository=repository,
        name=was.name,
        manifest=manifest,
        actor=str(actor),
        reason=reason,
        follows=Follows(was.stream, beside.ends_on if beside else None),
    )
