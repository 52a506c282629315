"""Sign-in through a tenant's directory."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend


class DirectoryBackend(BaseBackend):
    """Asks each active directory of the active tenant."""
