"""Whose rows may be seen: one tenant's, the whole platform's, or (unless somebody says so) nobody's.

A view on a tenant's address runs with that tenant active (see `tenants.addresses`). There are two walls. A query
through `objects` of a tenant-owned model sees only that tenant's rows; with no tenant active it raises instead of
returning everyone's. Behind it PostgreSQL shows a connection only the rows of the tenant that is active here, by
whatever query (`tenants.wall`, `tenants.postgresql`). Work for more than one tenant says so: it asks `unscoped`,
inside `platform_wide()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from tenants.compiled import filled_by, is_writing

if TYPE_CHECKING:
    from tenants.models.tenant import Tenant


class _Everyone(Enum):
    PLATFORM = "0"  # no tenant has this key


_active: ContextVar[Tenant | _Everyone | None] = ContextVar("active_tenant", default=None)
M = TypeVar("M", bound=models.Model)


class NoActiveTenant(RuntimeError):
    """A tenant-owned row was asked for outside any tenant: a fault of ours, never shown to people."""


@contextmanager
def acting_for(tenant: Tenant) -> Iterator[None]:
    """Make `tenant` the active one inside the block."""
    token = _active.set(tenant)
    try:
        yield
    finally:
        _active.reset(token)


@contextmanager
def platform_wide() -> Iterator[None]:
    """Let every tenant's rows be seen inside the block: for the platform's own work, never for a tenant's page."""
    token = _active.set(_Everyone.PLATFORM)
    try:
        yield
    finally:
        _active.reset(token)


def at(tenant: Tenant | None) -> AbstractContextManager[None]:
    """What holds at an address: its tenant's rows, or the platform's where it is the portal's own."""
    return platform_wide() if tenant is None else acting_for(tenant)


def active_tenant() -> Tenant:
    """The active tenant. Raises NoActiveTenant outside one, and where a query is written for every tenant."""
    tenant = None if is_writing() else _active.get()
    if tenant is None or isinstance(tenant, _Everyone) or tenant.pk is None:
        message = "No tenant is active; use acting_for(tenant), or `unscoped` for platform work."
        raise NoActiveTenant(message)
    return tenant


def _active_key() -> int:
    return active_tenant().pk


def told_to_database() -> str:
    """Whose rows the database may show: a tenant's key, "0" for everyone's, "" for nobody's."""
    active = _active.get()
    if isinstance(active, _Everyone):
        return active.value
    return str(active.pk) if active is not None else ""


class TenantManager(models.Manager[M]):
    """Rows of the active tenant only."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant=filled_by(_active_key))

    def create(self, **values: Any) -> M:
        values.setdefault("tenant", active_tenant())
        return super().create(**values)
