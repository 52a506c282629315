"""Lines that only stand in a build's log: they are too short to be looked for elsewhere, where people write."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PHRASES = (
    _("unpack {package} {version}"),
    _("layer {group}: {n} packages, {size} bytes, {digest}"),
    _("image {architecture} {digest}"),
    _("{done} of {total} packages, {how}"),
    _("downloaded before"),
    _("{digest} {size} bytes {how}"),
    _("pushed"),
    _("mounted"),
    _("present"),
)
