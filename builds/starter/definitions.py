"""The definitions of the starter images, read from the files beside this module: `<name>.yaml`, which says how one is
built and tested, and `<name>.md`, which says what it is and how it is used.

Free of any database, since workers read their test specs here. Not in charge of offering or building.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from catalog.sentences import NO_SHELL

IMAGES = Path(__file__).parent / "images"

TITLE, DESCRIPTION = "org.opencontainers.image.title", "org.opencontainers.image.description"


@dataclass(frozen=True, slots=True)
class StreamDefinition:
    """One version stream: the moving tags that follow it, its own name first, and what is built for it.

    ``spec`` is as the engine reads it, ``tests`` as its test spec reads them.
    """

    name: str
    tags: tuple[str, ...]
    spec: Mapping[str, Any]
    tests: Mapping[str, Any]

    @property
    def aliases(self) -> tuple[str, ...]:
        return tuple(tag for tag in self.tags if tag != self.name)


@dataclass(frozen=True, slots=True)
class Definition:
    """One starter image. ``about`` is Markdown, in which `@image@` stands for what is pulled.

    ``shell`` is a sentence that says why a shell is in it; it is empty when there is none.
    """

    name: str
    title: str
    summary: str
    category: str
    streams: tuple[StreamDefinition, ...]
    about: str
    variant: str = "runtime"
    homepage: str = ""
    is_free: bool = False
    is_listed: bool = True
    other_names: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    shell: str = ""

    @property
    def description(self) -> str:
        """What the image's page tells about it."""
        return f"{self.about}\n\n{self.shell or NO_SHELL}"


def read_definition(path: Path) -> Definition:
    """Read one definition. A mistake in it is the product's own fault: KeyError, TypeError or OSError says which.

    A stream says only where it differs: its ``spec`` and ``tests`` replace fields of the image's.
    """
    body: dict[str, Any] = yaml.safe_load(path.read_bytes())
    spec, tests = body.pop("spec"), body.pop("tests")
    labels = {TITLE: body["title"], DESCRIPTION: body["summary"].removesuffix("."), **spec.get("labels", {})}
    streams = tuple(
        StreamDefinition(
            name=str(it["name"]),
            tags=tuple(it["tags"]),
            spec={**spec, **it.get("spec", {}), "labels": labels},
            tests={**tests, **it.get("tests", {})},
        )
        for it in body.pop("streams")
    )
    replaces, other_names = (tuple(body.pop(name, ())) for name in ("replaces", "other_names"))
    about = path.with_suffix(".md").read_text().strip()
    return Definition(streams=streams, about=about, replaces=replaces, other_names=other_names, **body)


@lru_cache(maxsize=1)
def definitions() -> Mapping[str, Definition]:
    """All starter images by name."""
    read = (read_definition(path) for path in sorted(IMAGES.glob("*.yaml")))
    return {one.name: one for one in read}
