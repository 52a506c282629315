"""What an address of the API names, as the caller may see it; and by whom a change is made."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from registry import history, visibility
from registry.models import Repository
from registry.visibility import View
from tenants.access import needs
from tenants.models import Tenant, User
from tenants.roles import Permission
from tenants.sessions import client_address


class Place(APIView):
    """Reading needs the right to see images, anything else that to manage repositories."""

    def get_permissions(self) -> list[BasePermission]:
        is_read = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [needs(Permission.IMAGE_VIEW if is_read else Permission.REPOSITORY_MANAGE)()]

    @property
    def tenant(self) -> Tenant:
        """The tenant of the address; the permission has checked the caller's right there."""
        return cast("Tenant", getattr(self.request, "tenant"))  # noqa: B009

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": cast("User", self.request.user), "address": client_address(self.request)}

    def view(self) -> View:
        """The repository, own or granted. Raises Http404."""
        found = visibility.find(tenant=self.tenant, name=str(self.kwargs["name"]))
        if found is None:
            raise Http404
        return found

    def own(self) -> Repository:
        """A repository of the tenant's own. Raises Http404."""
        found = Repository.objects.owned_by(self.tenant.pk).filter(name=str(self.kwargs["name"])).first()
        if found is None:
            raise Http404
        return found

    def view_with_tag(self) -> tuple[View, str]:
        """A repository and a tag that it shows or showed. Raises Http404."""
        view, tag = self.view(), str(self.kwargs["tag"])
        if not history.is_known(view, tag):
            raise Http404
        return view, tag
