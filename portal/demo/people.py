"""The demo's tenants and people. Their passwords and tokens are made at random once, then kept."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog import free
from tenants import tokens
from tenants.members import add_member
from tenants.models import Membership, PlatformMembership, Tenant, User
from tenants.models.token import ACTION_NEEDS
from tenants.onboarding import create_tenant
from tenants.roles import PlatformRole, Role, role_may

ACTOR = "demo"
TENANTS = {"acme": ("Acme", "#0b5a5a"), "globex": ("Globex", "#7a3b00")}


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of `people` in `demo.json`. Who belongs to no tenant has no token either."""

    role: str
    tenant: str | None
    login: str
    password: str
    token: str | None


def prepare_people(kept: Mapping[str, Any]) -> list[Person]:
    """Create what is missing, and keep the passwords and tokens of `kept` that still work."""
    known = {str(entry.get("login")): entry for entry in kept.get("people", []) if isinstance(entry, dict)}
    with transaction.atomic():
        acme, globex = (_tenant(slug) for slug in TENANTS)
        free.open_tier(actor=ACTOR)
        return [
            _admin(known, login="admin@assay.example", name="Paula"),
            _member(known, "owner", Role.OWNER, acme, login="alice@acme.example", name="Alice"),
            _member(known, "member", Role.BUILDER, globex, login="bob@globex.example", name="Bob"),
        ]


def read_kept(path: Path) -> dict[str, Any]:
    """What an earlier run wrote; empty when there is none, or when it was cut short."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, *, address: str, people: list[Person]) -> None:
    """Write `demo.json`, readable by its owner only, all of it or nothing."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    body = {"address": address, "people": [asdict(person) for person in people]}
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(body, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _tenant(slug: str) -> Tenant:
    name, accent = TENANTS[slug]
    found = Tenant.objects.filter(slug=slug).first()
    return found or create_tenant(slug=slug, name=name, accent=accent, actor=ACTOR)


def _admin(known: Mapping[str, Mapping[str, Any]], *, login: str, name: str) -> Person:
    user, password = _user(known.get(login, {}), login=login, name=name)
    PlatformMembership.objects.get_or_create(user=user, defaults={"role": PlatformRole.ADMIN})
    return Person("platform-admin", None, login, password, None)


def _member(
    known: Mapping[str, Mapping[str, Any]], label: str, role: Role, tenant: Tenant, *, login: str, name: str
) -> Person:
    before = known.get(login, {})
    user, password = _user(before, login=login, name=name)
    if not Membership.objects.filter(user=user, tenant=tenant).exists():
        add_member(tenant=tenant, email=login, role=role, actor=ACTOR)
    token = _token(str(before.get("token") or ""), user=user, tenant=tenant, role=role)
    return Person(label, tenant.slug, login, password, token)


def _user(before: Mapping[str, Any], *, login: str, name: str) -> tuple[User, str]:
    """The person, and the password that works: the kept one, or a new one."""
    user = User.objects.filter(login=login).first() or User.objects.create_user(login, name=name)
    password = str(before.get("password") or "")
    if not password or not user.check_password(password):
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def _token(kept: str, *, user: User, tenant: Tenant, role: Role) -> str:
    """The kept token while it works, or a new one for all that the role may."""
    found = tokens.authenticate(kept)
    if found is not None and (found.user_id, found.tenant_id) == (user.pk, tenant.pk):
        return kept
    actions = [action for action, needed in ACTION_NEEDS.items() if role_may(role, needed)]
    return tokens.issue(user=user, tenant=tenant, name="demo", actions=actions, days=tokens.MAX_DAYS)[1]
