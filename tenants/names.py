"""Words that can be neither a tenant nor an image, since an address of ours starts with them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

RESERVED = frozenset(
    [
        "accounts",
        "admin",
        "api",
        "assay",
        "auth",
        "branding",
        "builds",
        "charts",
        "golden",
        "healthz",
        "help",
        "images",
        "invitations",
        "language",
        "library",
        "login",
        "logout",
        "metrics",
        "next",
        "pins",
        "platform",
        "readyz",
        "repositories",
        "search",
        "settings",
        "setup",
        "staging",
        "static",
        "theme",
        "tls-allowed",
        "v2",
        "well-known",
        "www",
    ]
)


def not_reserved(name: str) -> None:
    """Raise ValidationError when `name` is a word that our addresses use."""
    if name.split("/", maxsplit=1)[0] in RESERVED:
        raise ValidationError(
            _("“%(name)s” is reserved; choose another name.") % {"name": name}, code="reserved"
        )
