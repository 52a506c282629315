"""What a page's address names, as the visitor may see it. The first line of each view asks here."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from registry import history, visibility
from registry.models import Repository
from registry.visibility import View
from tenants.access import tenant_for
from tenants.models import Tenant
from tenants.roles import Permission


@dataclass(frozen=True, slots=True)
class TagAt:
    """A tag of a repository that the tenant sees; it may have been deleted, and then only its history is there."""

    tenant: Tenant
    view: View
    name: str
    tag: str

    @property
    def is_own(self) -> bool:
        return self.view.grant is None


def tag_for(request: HttpRequest, name: str, tag: str, permission: Permission) -> TagAt:
    """Raises SignInNeeded, Http404."""
    tenant = tenant_for(request, permission)
    view = visibility.find(tenant=tenant, name=name)
    if view is None or not history.is_known(view, tag):
        raise Http404
    return TagAt(tenant, view, name, tag)


def repository_for(request: HttpRequest, name: str, permission: Permission) -> tuple[Tenant, Repository]:
    """A repository of the tenant's own. Raises SignInNeeded, Http404."""
    tenant = tenant_for(request, permission)
    found = Repository.objects.owned_by(tenant.pk).filter(name=name).first()
    if found is None:
        raise Http404
    return tenant, found
