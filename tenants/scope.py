"""The active tenant, and managers that fail closed without one.

A view on a tenant's address runs with that tenant active (see `tenants.addresses`). A query through
`objects` of a tenant-owned model sees only that tenant's rows; with no tenant active it raises instead
of returning everyone's. Code that serves the platform says so by asking `unscoped`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

if TYPE_CHECKING:
    from tenants.models.tenant import Tenant

_active: ContextVar[Tenant | None] = ContextVar("active_tenant", default=None)
M = TypeVar("M", bound=models.Model)


class NoActiveTenant(RuntimeError):
    """A tenant-owned row was asked for outside any tenant: a fault of ours, never shown to people."""


@contextmanager
def acting_for(tenant: Tenant | None) -> Iterator[None]:
    """Make `tenant` the active one inside the block."""
    token = _active.set(tenant)
    try:
        yield
    finally:
        _active.reset(token)


def active_tenant() -> Tenant:
    """The active tenant. Raises NoActiveTenant outside one."""
    tenant = _active.get()
    if tenant is None:
        message = "No tenant is active; use acting_for(tenant), or `unscoped` for platform work."
        raise NoActiveTenant(message)
    return tenant


class TenantManager(models.Manager[M]):
    """Rows of the active tenant only."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant=active_tenant())

    def create(self, **values: Any) -> M:
        values.setdefault("tenant", active_tenant())
        return super().create(**values)
