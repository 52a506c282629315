"""Colours that can be read: WCAG's contrast, and the nearest lightness that has enough of it. Values only."""

from __future__ import annotations

import colorsys

#: What an accent stands on: paper by day; by night the sheet, which is brighter than the paper.
LIGHT, DARK = "#faf8f4", "#1c1b18"
#: WCAG 2.2, 1.4.3, for text of any size.
ENOUGH = 4.5
#: The house's own accent, and what stands for it by night in `assay.css`.
HOUSE, HOUSE_BY_NIGHT = "#0b5a5a", "#6fc9c3"
_STEP = 0.01


def readable(colour: str, paper: str) -> str:
    """`colour`, or the nearest lightness of it that has 4.5:1 against `paper` (both "#rrggbb")."""
    red, green, blue = _parts(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    step = _STEP if luminance(paper) < 0.5 else -_STEP
    found = colour
    while contrast(found, paper) < ENOUGH:  # ends: black and white are both enough
        lightness = min(1.0, max(0.0, lightness + step))
        found = _hex(*colorsys.hls_to_rgb(hue, lightness, saturation))
    return found


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))
