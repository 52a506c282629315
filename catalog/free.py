"""The free tier: a tenant without people, where everyone sees and pulls the latest of what is free.

Its images are granted like any other tenant's (`catalog.offer.entitle`), so that what a stranger may pull is decided
by the same rules. Not in charge of which images are free: their definitions say.
"""

from __future__ import annotations

from django.db import transaction

from catalog.offer import entitle_free
from tenants import audit
from tenants.models import Tenant, User
from tenants.onboarding import create_tenant


class SlugTaken(Exception):
    """A tenant that is not the free tier has the name."""

    code = "slug-taken"

    def __init__(self, slug: str) -> None:
        super().__init__(f"{slug} is a tenant already; the free tier needs a name of its own.")


@transaction.atomic
def open_tier(*, actor: User | str, slug: str = "free", name: str = "Free images") -> Tenant:
    """Open the free tier, or bring it up to date with what is free now.

    Raises SlugTaken, and ValidationError for a slug that no tenant may have.
    """
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        tenant = create_tenant(slug=slug, name=name, actor=actor)
        tenant.is_open = True
        tenant.save(update_fields=["is_open"])
        audit.record(tenant=tenant, actor=actor, verb="tenant.opened-to-everyone", object=slug)
    elif not tenant.is_open:
        raise SlugTaken(slug)
    elif not tenant.is_active:
        tenant.is_active = True
        tenant.save(update_fields=["is_active"])
        audit.record(tenant=tenant, actor=actor, verb="tenant.opened-to-everyone", object=slug)
    entitle_free(tenant=tenant)
    return tenant


@transaction.atomic
def close_tier(*, actor: User | str, slug: str = "free") -> bool:
    """Let nobody in any more; whether it was open. Its grants stay, for when it is opened again."""
    tenant = Tenant.objects.filter(slug=slug, is_open=True, is_active=True).first()
    if tenant is None:
        return False
    tenant.is_active = False
    tenant.save(update_fields=["is_active"])
    audit.record(tenant=tenant, actor=actor, verb="tenant.closed-to-everyone", object=slug)
    return True
