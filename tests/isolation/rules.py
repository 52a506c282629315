"""What each address of ours is for. A new route belongs here, or the walk fails: `make isolation`.

Stated apart from the code on purpose: a view that forgets its permission does not change what is written here.
"""

from __future__ import annotations

from enum import Enum

from tenants.roles import Role


class Open(Enum):
    """Addresses that need no role, each kind for a reason."""

    PUBLIC = "tells nothing of a tenant beyond its name, colour and public keys"
    OWN = "concerns only the person who asks: sign-in, password, sessions"
    PLATFORM = "for platform admins, on the portal host alone"
    WORKER = "for the holder of one build's key"
    DOOR = "the registry, walked by its own routes"


EVERYONE = frozenset(Role)
PULLERS = EVERYONE - {Role.AUDITOR}
BUILDERS = frozenset({Role.OWNER, Role.ADMIN, Role.BUILDER})
ADMINS = frozenset({Role.OWNER, Role.ADMIN})
READERS_OF_THE_TRAIL = ADMINS | {Role.AUDITOR}

#: By route name, or by pattern where a route has none: who of the tenant may use it.
RULES: dict[str, Open | frozenset[Role]] = {
    "home": Open.PUBLIC,
    "theme": Open.PUBLIC,
    "language": Open.PUBLIC,
    "accent": Open.PUBLIC,
    "healthz": Open.PUBLIC,
    "readyz": Open.PUBLIC,
    "tls-allowed": Open.PUBLIC,
    "signing-key": Open.PUBLIC,
    "signing-key-tenant": Open.PUBLIC,
    "signing-keys": Open.PUBLIC,
    "signing-trusted-root": Open.PUBLIC,
    "api-schema": Open.PUBLIC,
    "api-docs": Open.PUBLIC,
    "api/": Open.PUBLIC,
    "api/<path:rest>": Open.PUBLIC,
    "images": EVERYONE,
    "image": EVERYONE,
    "available-image": EVERYONE,
    "access-ask": PULLERS,
    "access-take-back": PULLERS,
    "packages": EVERYONE,
    "evidence": EVERYONE,
    "charts": EVERYONE,
    "chart": EVERYONE,
    "chart-import": BUILDERS,
    "chart-values": EVERYONE,
    "chart-lock": EVERYONE,
    "repositories": EVERYONE,
    "repository": EVERYONE,
    "tag": EVERYONE,
    "tag-move": ADMINS,
    "tag-unpin": ADMINS,
    "tag-delete": ADMINS,
    "pins": EVERYONE,
    "golden": EVERYONE,
    "recipe": EVERYONE,
    "builds": EVERYONE,
    "build": EVERYONE,
    "capabilities": EVERYONE,
    "document": EVERYONE,
    "document-upload": BUILDERS,
    "wizard-begin": BUILDERS,
    "wizard-search": BUILDERS,
    "wizard": BUILDERS,
    "build-cancel": BUILDERS,
    "build-again": BUILDERS,
    "tokens": PULLERS,
    "token-rotate": PULLERS,
    "token-revoke": PULLERS,
    "team": ADMINS,
    "branding": ADMINS,
    "branding-contrast": ADMINS,
    "branding-logo": ADMINS,
    "logo": Open.PUBLIC,
    "member-change": ADMINS,
    "invitation-resend": ADMINS,
    "invitation-revoke": ADMINS,
    "invitation": Open.OWN,
    "member-remove": ADMINS,
    "support-end": ADMINS,
    "directories": ADMINS,
    "directory": ADMINS,
    "directory-new": ADMINS,
    "directory-edit": ADMINS,
    "directory-test": ADMINS,
    "directory-sync": ADMINS,
    "directory-remove": ADMINS,
    "providers": ADMINS,
    "provider-new": ADMINS,
    "sso-require": ADMINS,
    "sso-mark": ADMINS,
    "provider": ADMINS,
    "provider-test": ADMINS,
    "provider-remove": ADMINS,
    "hostnames": ADMINS,
    "hostname-prove": ADMINS,
    "hostname-withdraw": ADMINS,
    "hostname-primary": ADMINS,
    "hostname-release": ADMINS,
    "policies": ADMINS,
    "policy-new": ADMINS,
    "policy-trial": ADMINS,
    "policy": ADMINS,
    "policy-remove": ADMINS,
    "audit": READERS_OF_THE_TRAIL,
    "audit-export": READERS_OF_THE_TRAIL,
    "api-images": EVERYONE,
    "api-image": EVERYONE,
    "api-charts": EVERYONE,
    "api-chart": EVERYONE,
    "api-chart-values": EVERYONE,
    "api-replacement": EVERYONE,
    "api-package-images": EVERYONE,
    "api-tags": EVERYONE,
    "api-releases": EVERYONE,
    "api-release": EVERYONE,
    "api-sbom": EVERYONE,
    "api-provenance": EVERYONE,
    "api-repositories": EVERYONE,
    "api-repository": EVERYONE,
    "api-tag": EVERYONE,
    "api-tag-history": EVERYONE,
    "api-tag-rollback": ADMINS,
    "api-tag-pin": ADMINS,
    "api-pins": EVERYONE,
    "api-golden-images": EVERYONE,
    "api-builds": EVERYONE,
    "api-build": EVERYONE,
    "api-build-log": EVERYONE,
    "api-build-capabilities": EVERYONE,
    "api-build-cancel": BUILDERS,
    "api-preview": BUILDERS,
    "platform-tenants": Open.PLATFORM,
    "platform-tenant-new": Open.PLATFORM,
    "platform-tenant": Open.PLATFORM,
    "platform-tenant-charts": Open.PLATFORM,
    "platform-every-image": Open.PLATFORM,
    "platform-every-chart": Open.PLATFORM,
    "platform-undo": Open.PLATFORM,
    "platform-tenant-settings": Open.PLATFORM,
    "platform-visits": Open.PLATFORM,
    "platform-grants": Open.PLATFORM,
    "platform-grant": Open.PLATFORM,
    "platform-images": Open.PLATFORM,
    "platform-image": Open.PLATFORM,
    "platform-tag": Open.PLATFORM,
    "platform-tag-move": Open.PLATFORM,
    "platform-withdraw": Open.PLATFORM,
    "platform-requests": Open.PLATFORM,
    "platform-request": Open.PLATFORM,
    "platform-builds": Open.PLATFORM,
    "platform-build": Open.PLATFORM,
    "platform-build-accept": Open.PLATFORM,
    "api-platform-build-accept": Open.PLATFORM,
}


def rule_of(name: str, pattern: str, module: str) -> Open | frozenset[Role] | None:
    """The rule for a route, or None for one that nobody wrote down."""
    if module.startswith("allauth.") or pattern.startswith("accounts/"):
        return Open.OWN
    if module in ("registry.urls", "catalog.charts.door"):
        return Open.DOOR
    if pattern.startswith("api/worker/"):
        return Open.WORKER
    return RULES.get(name or pattern)
