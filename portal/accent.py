"""A tenant's accent as a stylesheet: its colour, brought to 4.5:1 on both papers by lightness alone.

Not in charge of whose accent it is: the colour stands in the address, so that any cache may keep the answer.
"""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse

from tenants.colours import DARK, LIGHT, readable

_DIGITS = re.compile(r"[0-9a-f]{6}")

RULES = """@layer tokens {{ :root {{
  --accent: light-dark({light}, {dark});
  --accent-wash: light-dark(color-mix(in srgb, {light} 10%, #fff), color-mix(in srgb, {dark} 18%, #151412));
  --on-accent: light-dark(#ffffff, #151412);
}} }}
"""


def stylesheet(request: HttpRequest, colour: str) -> HttpResponse:
    """The rules for one colour (six hexadecimal digits); the same bytes for ever."""
    if not _DIGITS.fullmatch(colour):
        raise Http404
    light = readable(f"#{colour}", LIGHT)
    dark = readable(f"#{colour}", DARK)
    return HttpResponse(
        RULES.format(light=light, dark=dark),
        content_type="text/css; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
