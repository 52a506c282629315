"""`{% standing as here %}`: what the visitor may do here, so that no page offers what would be refused.

Not in charge of granting anything: each view asks for itself (`tenants.access`).
"""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser
from django.template import Context

from tenants.access import Standing, platform_rights_at, standing_at, standing_of
from tenants.models import Tenant, User
from tenants.roles import PlatformPermission

register = template.Library()


@register.simple_tag(takes_context=True)
def standing(context: Context) -> Standing:
    """What the visitor may do in the tenant of this address, and why; nothing for a stranger."""
    user, tenant = context.get("user"), context.get("tenant")
    if not isinstance(user, User | AnonymousUser) or not isinstance(tenant, Tenant):
        return Standing()
    request = context.get("request")
    return standing_of(user, tenant) if request is None else standing_at(request, tenant)


@register.simple_tag(takes_context=True)
def platform_rights(context: Context) -> frozenset[PlatformPermission]:
    """The visitor's permissions on the platform, outside any tenant; none elsewhere."""
    request = context.get("request")
    return frozenset() if request is None else platform_rights_at(request)
