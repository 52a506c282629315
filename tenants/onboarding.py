"""Opening and changing a tenant. Not in charge of its people: see `tenants.members`."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from tenants import audit
from tenants.addresses import normal_host
from tenants.members import add_member
from tenants.models import Hostname, Tenant, User
from tenants.roles import Role


@transaction.atomic
def create_tenant(
    *,
    slug: str,
    name: str,
    actor: User | str,
    accent: str = "#0b5a5a",
    support_url: str = "",
    owner_email: str = "",
    owner_name: str = "",
    owner_password: str | None = None,
    hostname: str = "",
) -> Tenant:
    """Create a tenant with its host name (by default `<slug>.<portal host>`) and, if given, its owner.

    Raises ValidationError, keyed by field, for a bad or taken slug, colour, address or host name.
    """
    tenant = Tenant(slug=slug, name=name, accent=accent.lower(), support_url=support_url)
    tenant.full_clean()
    tenant.save()
    base = normal_host(settings.PORTAL_HOST)
    add_hostname(tenant=tenant, name=hostname or f"{slug}.{base}", is_primary=True)
    audit.record(tenant=None, actor=actor, verb="tenant.created", object=slug, data={"name": name})
    if owner_email:
        add_member(
            tenant=tenant,
            email=owner_email,
            name=owner_name,
            role=Role.OWNER,
            password=owner_password,
            actor=actor,
        )
    return tenant


@transaction.atomic
def edit_tenant(
    *, tenant: Tenant, actor: User | str, name: str, accent: str, support_url: str, is_active: bool = True
) -> Tenant:
    """Change name, branding and whether the tenant is served at all. Raises ValidationError."""
    new = {"name": name, "accent": accent.lower(), "support_url": support_url, "is_active": is_active}
    changed = {key: value for key, value in new.items() if getattr(tenant, key) != value}
    for key, value in changed.items():
        setattr(tenant, key, value)
    tenant.full_clean()
    tenant.save()
    if changed:
        audit.record(tenant=tenant, actor=actor, verb="tenant.changed", object=tenant.slug, data=changed)
    return tenant


def add_hostname(*, tenant: Tenant, name: str, is_primary: bool = False) -> Hostname:
    """Let `tenant` answer on a host name that the operator vouches for. Raises ValidationError."""
    host = normal_host(name)
    if not host or not host.isascii() or any(char.isspace() or char in "/:@?#" for char in host):
        raise ValidationError(
            {"hostname": "Give a plain host name, such as images.example.com."}, code="host"
        )
    if host == normal_host(settings.PORTAL_HOST):
        raise ValidationError({"hostname": "That is the portal's own host name."}, code="host")
    if Hostname.objects.filter(name=host).exists():
        raise ValidationError({"hostname": "That host name is in use."}, code="host_taken")
    return Hostname.objects.create(
        tenant=tenant, name=host, is_primary=is_primary, verified_at=timezone.now()
    )
