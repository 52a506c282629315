"""A catalogue from public data: the folder whose files `catalogue/images.jsonl.gz` is one of.

Each definition becomes a version stream with one release. Names of packages without a version in the data get the
one that the package collection has today; those that it does not know are left out. Everything read here is
foreign text.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from catalog.models import Image, VersionStream
from catalog.scale.made import MadeChart, MadeImage, MadePackage, MadeRelease, MadeStream

#: The day the data was taken.
TAKEN = datetime(2026, 8, 22, 12, tzinfo=UTC)
_CATEGORIES = {
    "databases-and-storage": Image.Category.DATABASE,
    "languages-and-frameworks": Image.Category.LANGUAGE,
    "message-queues": Image.Category.MESSAGING,
    "monitoring-and-observability": Image.Category.OBSERVABILITY,
    "operating-systems": Image.Category.BASE,
    "web-servers": Image.Category.WEB,
}


class DataMissing(FileNotFoundError):
    """The folder does not hold what is read from it."""

    code = "data-missing"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not there. Name the folder that holds catalogue/, charts/ and packages/."
        )


class SharedData:
    """The files of one folder, read when they are asked for. Raises DataMissing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def packages(self) -> Iterator[MadePackage]:
        """Every package and subpackage of the collection, with its version."""
        return iter(self._collection.values())

    def images(self) -> Iterator[MadeImage]:
        for row in self._lines("catalogue/images"):
            yield self._image(row)

    def charts(self) -> Iterator[MadeChart]:
        versions: dict[str, list[tuple[str, str, datetime]]] = {}
        for row in self._lines("charts/chart-versions"):
            at = datetime.fromisoformat(row["released"]).astimezone(UTC)
            versions.setdefault(row["chart"], []).append((row["version"], row.get("appVersion") or "", at))
        for row in self._lines("charts/charts"):
            found = sorted(versions.get(row["chart"], []), key=lambda one: one[2])
            yield MadeChart(
                name=row["chart"],
                summary=row.get("description") or "",
                readme=f"# {row['chart']}\n\n{row['description'] or ''}\n",
                values="",
                versions=tuple(found),
            )

    @cached_property
    def _collection(self) -> dict[str, MadePackage]:
        found: dict[str, MadePackage] = {}
        for row in self._lines("packages/wolfi-packages"):
            licences = ", ".join(row.get("licenses") or [])[:500]
            for name in [row["name"], *(one["name"] for one in row.get("subpackages") or [])]:
                found.setdefault(name, MadePackage("apk", name[:200], row["full_version"][:200], licences))
        return found

    @cached_property
    def _aliases(self) -> dict[str, list[str]]:
        rows = self._lines("catalogue/image-aliases")
        return {
            row["name"]: [reference.partition(":")[0] for reference in row.get("aliases") or []]
            for row in rows
        }

    def _image(self, row: Mapping[str, Any]) -> MadeImage:
        name, taken = str(row["image"]), set[str]()
        streams = [self._stream(one, taken) for one in row["definitions"]]
        chosen = next((one for one in streams if "latest" in (one.name, *one.aliases)), streams[0])
        streams.sort(key=lambda one: (one is not chosen, one.variant, one.name))
        first = next(
            (_CATEGORIES[one] for one in row["categories"] if one in _CATEGORIES), Image.Category.TOOL
        )
        replaces = [f"docker.io/library/{name}", f"docker.io/bitnami/{name}", *self._aliases.get(name, [])]
        return MadeImage(
            name=name,
            title=row.get("display_name") or name,
            summary=row.get("short_description") or "",
            description=row.get("overview_md") or "",
            category=first,
            homepage=row.get("home_url") or "",
            is_free=name < "b",
            replaces=tuple(dict.fromkeys(replaces)),
            streams=tuple(
                MadeStream(one.name, one.variant, one.aliases, one.releases, one is chosen, one.eol_on)
                for one in streams
            ),
        )

    def _stream(self, row: Mapping[str, Any], taken: set[str]) -> MadeStream:
        """A definition; a tag that another one of the image has already is left to that."""
        tags = [tag for tag in dict.fromkeys(row["tags"]) if tag not in taken] or [
            row["definition"].replace("/", "-")
        ]
        taken |= set(tags)
        dates = row.get("dates") or {}
        made = MadeRelease(
            published_at=TAKEN - timedelta(hours=len(row["definition"]) * 7 % 240),
            version=row.get("versions", {}).get("VERSION", ""),
            size=(8 + len(row.get("packages", ()))) * 1_500_000,
            architectures=tuple(one.partition("/")[2] for one in row["platforms"]),
            holds=frozenset(self._held(row)),
        )
        is_dev = row["variant"] == "dev"
        return MadeStream(
            name=tags[0][:100],
            variant=VersionStream.Variant.DEV if is_dev else VersionStream.Variant.RUNTIME,
            aliases=tuple(tags[1:]),
            releases=(made,),
            eol_on=date.fromisoformat(dates["end-of-life"]) if dates.get("end-of-life") else None,
        )

    def _held(self, row: Mapping[str, Any]) -> Iterator[MadePackage]:
        ecosystem = "apk" if row["base"].startswith("alpine") else "deb"
        for text in row.get("packages", ()):
            name, _, version = text.partition("=")
            known = self._collection.get(name)
            if name.startswith("!") or not (version or known):
                continue
            yield MadePackage(ecosystem, name[:200], (version or (known.version if known else ""))[:200])

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        path = self._folder / f"{name}.jsonl.gz"
        if not path.is_file():
            raise DataMissing(path)
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
