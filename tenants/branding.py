"""A tenant's logo: taken as a picture of pixels, written anew, so that nothing else of a file reaches anybody.

Name, colour and support link are fields of the tenant (`tenants.onboarding.edit_tenant`).
"""

from __future__ import annotations

import hashlib
import io
import warnings

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from tenants import audit
from tenants.models import Logo, Tenant, User

#: What is taken: bytes, and pixels before any is decoded. SVG is a document with scripts, and is no picture here.
LARGEST_FILE, MOST_PIXELS = 1_000_000, 4_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
#: What is kept: pixels, enough for twice the height of the header's mark.
WIDEST, TALLEST = 480, 96


@transaction.atomic
def set_logo(*, tenant: Tenant, content: bytes, actor: User | str, address: str = "") -> None:
    """Keep a logo. Raises ValidationError for what is no picture, or is too large."""
    png = redrawn(content)
    Logo.objects.update_or_create(tenant=tenant, defaults={"png": png})
    _name(tenant, hashlib.sha256(png).hexdigest()[:32])
    audit.record(
        tenant=tenant, actor=actor, verb="branding.logo_set", object=tenant.logo_hash, address=address
    )


@transaction.atomic
def remove_logo(*, tenant: Tenant, actor: User | str, address: str = "") -> None:
    """Go back to the house's mark."""
    if Logo.objects.filter(tenant=tenant).delete()[0]:
        _name(tenant, "")
        audit.record(
            tenant=tenant, actor=actor, verb="branding.logo_removed", object=tenant.slug, address=address
        )


def redrawn(content: bytes) -> bytes:
    """The first frame of a picture as a small PNG without anything beside its pixels. Raises ValidationError."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is too large: at most 1 MB."), code="logo_too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as given:
                if (
                    given.width * given.height > MOST_PIXELS
                ):  # known from the header, before anything is decoded
                    raise ValidationError(
                        _("The picture is too large: at most 4 million pixels."), code="logo_too_large"
                    )
                picture = given.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValidationError(_("Give a PNG, JPEG or WebP picture."), code="logo_not_a_picture") from None
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
    ):  # whatever a decoder makes of a broken file
        raise ValidationError(_("The picture is broken."), code="logo_broken") from None
    picture.thumbnail((WIDEST, TALLEST))
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()


def _name(tenant: Tenant, said: str) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(logo_hash=said)
    tenant.logo_hash = said
