"""Roles and what each may do. Permissions are `resource:action`; nothing else decides rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    IMAGE_VIEW = "image:view"
    IMAGE_PULL = "image:pull"
    IMAGE_PUSH = "image:push"
    REPOSITORY_MANAGE = "repository:manage"
    RECIPE_EDIT = "recipe:edit"
    BUILD_START = "build:start"
    TOKEN_MANAGE_OWN = "token:manage-own"  # noqa: S105
    MEMBER_MANAGE = "member:manage"
    DIRECTORY_MANAGE = "directory:manage"
    HOSTNAME_MANAGE = "hostname:manage"
    TRUST_MANAGE = "trust:manage"
    BRANDING_EDIT = "branding:edit"
    AUDIT_VIEW = "audit:view"


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ADMIN = "admin", _("admin")
    BUILDER = "builder", _("builder")
    VIEWER = "viewer", _("viewer")
    AUDITOR = "auditor", _("auditor")


class PlatformRole(models.TextChoices):
    ADMIN = "admin", _("platform admin")
    SUPPORT = "support", _("platform support")


class PlatformPermission(StrEnum):
    TENANT_VIEW = "tenant:view"
    TENANT_EDIT = "tenant:edit"
    TENANT_VISIT = "tenant:visit"
    BUILD_VIEW = "build:view"
    BUILD_ACCEPT = "build:accept"
    IMAGE_VIEW = "image:view"
    IMAGE_MANAGE = "image:manage"


PLATFORM_PERMISSIONS: dict[PlatformRole, frozenset[PlatformPermission]] = {
    PlatformRole.ADMIN: frozenset(PlatformPermission),
    PlatformRole.SUPPORT: frozenset(PlatformPermission)
    - {PlatformPermission.TENANT_EDIT, PlatformPermission.IMAGE_MANAGE, PlatformPermission.BUILD_ACCEPT},
}

_VIEWER = frozenset({Permission.IMAGE_VIEW, Permission.IMAGE_PULL, Permission.TOKEN_MANAGE_OWN})
_BUILDER = _VIEWER | {Permission.RECIPE_EDIT, Permission.BUILD_START, Permission.IMAGE_PUSH}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    Role.BUILDER: _BUILDER,
    Role.VIEWER: _VIEWER,
    Role.AUDITOR: frozenset({Permission.IMAGE_VIEW, Permission.AUDIT_VIEW}),
}

#: What anyone may in a tenant that is open (`Tenant.is_open`). Pulling is the registry's to decide.
OPEN_TO_EVERYONE = frozenset({Permission.IMAGE_VIEW})

#: What a visitor of the platform may be. Never an owner.
VISITOR_ROLES = frozenset({Role.ADMIN, Role.BUILDER, Role.VIEWER, Role.AUDITOR})
#: What no visitor may, whatever the role: each would outlast the visit.
_OUTLASTS = frozenset(
    {
        Permission.TOKEN_MANAGE_OWN,
        Permission.MEMBER_MANAGE,
        Permission.DIRECTORY_MANAGE,
        Permission.HOSTNAME_MANAGE,
        Permission.TRUST_MANAGE,
    }
)


def rights_of_visitor(role: str) -> frozenset[Permission]:
    """What someone of the platform may do who visits as `role`."""
    return PERMISSIONS[Role(role)] - _OUTLASTS


#: The strongest role that any group gives wins.
STRENGTH = (Role.OWNER, Role.ADMIN, Role.BUILDER, Role.AUDITOR, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Decision:
    """The role (or none), and the group that gave it ("" where it is the source's default).

    Without a role, `because` names the required group that is missing, if that is the reason.
    """

    role: Role | None
    because: str


def strongest(given: Mapping[Role, str], *, otherwise: str) -> Decision:
    """Of the roles that groups give ({role: group}) the strongest; else the role `otherwise`, or with "" none."""
    for role in STRENGTH:
        if role in given:
            return Decision(role, given[role])
    return Decision(Role(otherwise) if otherwise else None, "")


def role_may(role: str, permission: Permission) -> bool:
    """Whether `role` carries `permission`."""
    return permission in PERMISSIONS[Role(role)]
