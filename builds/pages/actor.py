"""Who ordered it, as builds and audit entries name a person. Not in charge of rights."""

from __future__ import annotations

from tenants.models import User


def actor_of(person: User) -> str:
    """The unique name a person signs in with."""
    return person.email or person.directory_login or person.login
