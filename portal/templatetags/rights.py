"""`{% rights as can %}`: what the visitor may do here, so that no page offers what would be refused.

Not in charge of granting anything: each view asks for itself (`tenants.access`).
"""

from __future__ import annotations

from django import template
from django.template import Context

from tenants.models import Membership, Tenant, User
from tenants.roles import PERMISSIONS, Permission, Role

register = template.Library()


@register.simple_tag(takes_context=True)
def rights(context: Context) -> frozenset[Permission]:
    """The permissions of the visitor's role in the tenant of this address; none for a stranger."""
    user, tenant = context.get("user"), context.get("tenant")
    if not isinstance(user, User) or not isinstance(tenant, Tenant):
        return frozenset()
    membership = Membership.objects.of(user, tenant)
    return PERMISSIONS[Role(membership.role)] if membership else frozenset()
