"""What `migrate` and `check --database` ask of the set-up of people and tenants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from tenants import retention

_PASSES = "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@register(Tags.database)
def the_wall_holds(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a PostgreSQL role that row-level security does not apply to."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(_PASSES)
            role, passes = cursor.fetchone()
        if passes:
            sentence = (
                f"The database role {role} is a superuser or has BYPASSRLS: no row-level security holds it."
            )
            hint = "Give the portal an ordinary role that owns its database; docs/operations.md says how."
            found.append(Error(sentence, hint=hint, id="tenants.E001"))
    return found


@register(Tags.security)
def audit_is_kept_long_enough(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a time after which nobody could look into what was done."""
    if settings.AUDIT_DAYS == 0 or settings.AUDIT_DAYS >= retention.LEAST_DAYS:
        return []
    sentence = (
        f"ASSAY_AUDIT_DAYS is {settings.AUDIT_DAYS}; the trail is kept {retention.LEAST_DAYS} days at least."
    )
    return [Error(sentence, hint="Give more days, or 0 to keep it for ever.", id="tenants.E002")]
