"""Sign-in through a tenant's directories. What they are asked, and who is let in: `tenants.directory`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from tenants.directory.admit import sign_in
from tenants.directory.errors import DirectoryTrouble, SignInRefused
from tenants.models import Directory, Tenant, User
from tenants.scope import platform_wide


class DirectoryBackend(BaseBackend):
    """Asks each active directory of the address's tenant, in the order of their names.

    Why nobody was let in is left on the request, for `tenants.signin.AccountAdapter` to put in words.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        tenant: Tenant | None = getattr(request, "tenant", None)
        if request is None or tenant is None or not username or not password:
            return None
        if User.objects.filter(
            login=username.strip().lower(), directory__isnull=True, provider__isnull=True
        ).exists():
            return None  # a platform person's mistyped password is no business of a directory
        for directory in Directory.unscoped.filter(tenant=tenant, is_active=True).order_by("name"):
            try:
                return sign_in(directory=directory, login=username, password=password)
            except SignInRefused as refusal:
                if refusal.code == "no_role":  # raised only after the right password
                    request.directory_refusal = refusal  # type: ignore[attr-defined]
            except DirectoryTrouble as trouble:
                request.directory_trouble = trouble  # type: ignore[attr-defined]
        return None

    @platform_wide()  # a session is somebody's at any address, also where they may see nothing
    def get_user(self, user_id: Any) -> User | None:
        """The person, while the directory is in use: never another directory's or the platform's."""
        return User.objects.filter(
            pk=user_id, is_active=True, directory__is_active=True, directory__tenant__is_active=True
        ).first()
