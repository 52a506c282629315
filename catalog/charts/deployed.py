"""The images that a chart deploys together with the charts within it, each where a values file says otherwise.

Not in charge of what an image in values looks like (`catalog.charts.places`), of merging (`catalog.charts.merging`),
nor of which image of ours stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from catalog.charts.bundled import Bundle
from catalog.charts.merging import GLOBAL, Part, at, merged
from catalog.charts.places import MOST, Path, Place, places_in

#: One registry for all images, whatever they say themselves.
_REGISTRIES = ((GLOBAL, "imageRegistry"), (GLOBAL, "image", "registry"))
#: Charts that install no images but their maker's unless this is said.
_LOCK = (GLOBAL, "security", "allowInsecureImages")


def places_of(whole: Bundle) -> list[Place]:
    """In the order of the values, those of outer charts first. Raises ChartRefused."""
    values, parts = merged(whole)
    found = places_in(values)
    known = {place.path for place in found}
    placed = (_placed(place, _part_of(place.path, parts), values) for place in found)
    return [place for place, part in placed if not _is_handed_down(place.path, part, known)][:MOST]


def _part_of(path: Path, parts: Iterable[Part]) -> Part:
    """The innermost chart that the values there are of."""
    return max(
        (part for part in parts if path[: len(part.path)] == part.path), key=lambda part: len(part.path)
    )


def _placed(place: Place, part: Part, values: dict[str, Any]) -> tuple[Place, Part]:
    also = dict(_loosened(at(values, part.path)))
    registry = next((said for said in also.values() if isinstance(said, str)), "")
    return replace(
        place,
        registry=registry or place.registry,
        # What charts take where none is said.
        tag=place.tag or ("" if place.is_text or place.digest else part.app_version[:100]),
        when=part.off,
        also=tuple((path, "" if isinstance(said, str) else True) for path, said in also.items()),
    ), part


def _loosened(values: Any) -> Iterator[tuple[Path, str | bool]]:
    """What keeps a chart from heeding what is said of one image, with what it says now."""
    for path in _REGISTRIES:
        if isinstance(said := at(values, path), str) and said:
            yield path, said
    if at(values, _LOCK) is False:
        yield _LOCK, False


def _is_handed_down(path: Path, part: Part, known: set[Path]) -> bool:
    """Whether an outer chart's `global` says it."""
    own = path[len(part.path) :]
    return bool(part.path) and own[:1] == (GLOBAL,) and (*part.path[:-1], *own) in known
