"""Adding, changing, switching off and removing a tenant's directory. What is typed: `tenants.pages`."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from tenants import audit, sso
from tenants.models import Directory, User
from tenants.scope import acting_for
from tenants.secrets import seal

#: Whoever changes one of these could make us send the kept password to another server.
_WHERE_THE_SECRET_GOES = ("uris", "encryption", "ca_certificates", "bind_dn")
_SECRETS = frozenset({"bind_secret"})
_NOT_SETTINGS = frozenset({"id", "tenant", "synced_at", "sync_kept", "sync_withdrawn", "sync_trouble"})


@transaction.atomic
def save(
    *, directory: Directory, actor: User | str, secret: str | None = None, address: str = ""
) -> Directory:
    """Write a directory's settings, new or changed; `secret` is the bind password, None keeps what is there.

    Raises ValidationError by field; also for a kept secret when the server, its proof or the bind account
    changed (it was given for the former one), and for switching off the last way in where single sign-on is required.
    """
    before = Directory.unscoped.select_for_update().filter(pk=directory.pk).first()
    if before is not None and not directory.is_active:
        sso.keep_a_source(tenant=before.tenant, without=before)
    if secret is not None:
        directory.bind_secret = seal(secret)
    elif before is not None and before.bind_secret and _leads_elsewhere(before, directory):
        message = "Enter the password again: it was given for another server, encryption or account."
        raise ValidationError({"bind_secret": message}, code="secret_needed")
    with acting_for(directory.tenant):  # the name is unique among the tenant's own rows
        directory.full_clean()
    changed = _changed(before, directory)
    directory.save()
    if changed or before is None:
        audit.record(
            tenant=directory.tenant,
            actor=actor,
            verb="directory.added" if before is None else "directory.changed",
            object=directory.name,
            address=address,
            data={"settings": changed},
        )
    return directory


@transaction.atomic
def remove(*, directory: Directory, actor: User | str, address: str = "") -> None:
    """Remove a directory with everyone it admitted: their roles, tokens and sessions end.

    Raises ValidationError for the last way in where single sign-on is required.
    """
    sso.keep_a_source(tenant=directory.tenant, without=directory)
    people = directory.people.count()
    audit.record(
        tenant=directory.tenant,
        actor=actor,
        verb="directory.removed",
        object=directory.name,
        address=address,
        data={"people": people},
    )
    directory.delete()


def _leads_elsewhere(before: Directory, after: Directory) -> bool:
    # By words, since forms send their own line ends.
    return any(
        getattr(before, name).split() != getattr(after, name).split() for name in _WHERE_THE_SECRET_GOES
    )


def _changed(before: Directory | None, after: Directory) -> dict[str, object]:
    """The settings that are new, for the audit trail; of a secret only that it changed."""
    names = {field.name for field in Directory._meta.concrete_fields} - _NOT_SETTINGS  # noqa: SLF001
    values = {name: getattr(after, name) for name in sorted(names)}
    if before is not None:
        values = {name: value for name, value in values.items() if getattr(before, name) != value}
    return {name: "changed" if name in _SECRETS else value for name, value in values.items()}
