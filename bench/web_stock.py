"""Who asks for the measured pages. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings

from tenants.addresses import normal_host
from tenants.models import User
from tenants.scope import platform_wide


def session() -> str:
    """The key of a session of acme's owner on the portal's host."""
    with platform_wide():
        user = User.objects.get(email="owner@acme.example")
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store["_auth_user_id"] = str(user.pk)
        store["_auth_user_backend"] = "tenants.signin.PlatformBackend"
        store["_auth_user_hash"] = user.get_session_auth_hash()
        store["signed_in_on"] = normal_host(settings.PORTAL_HOST)
        store.create()
    return str(store.session_key)


def names() -> dict[str, list[str]]:
    """Images that acme may pull with a tag ("name:tag"), images that it may ask for, and charts."""
    from catalog import search
    from catalog.models import Chart
    from tenants.models import Tenant

    with platform_wide():
        acme = Tenant.objects.get(slug="acme")
        return {
            "images": [
                f"{name}:{tag}"
                for name, tag in search.images_of(acme).values_list("shown_name", "newest__stream__name")
            ],
            "available": list(search.available_to(acme).values_list("name", flat=True)),
            "charts": list(Chart.objects.values_list("name", flat=True)),
        }
