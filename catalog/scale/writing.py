"""The rows of a made catalogue, in the order in which they may name each other.

Manifests are real in form (an index of one manifest for each architecture) and digest; what they list was never
pushed. The newest release of a stream has its bill of materials, signature and provenance beside it, older
ones have not. Not in charge of whether they may be written (`load`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog import shelf
from catalog.charts.package import CONFIG_TYPE
from catalog.charts.store import tag_of
from catalog.models import (
    Chart,
    ChartVersion,
    Entitlement,
    Image,
    Package,
    PackageSpan,
    PackageVersion,
    Release,
    VersionStream,
)
from catalog.scale.content import INDEX, MANIFEST, digest_of, evidence_about, index_of
from catalog.scale.made import MadeChart, MadeImage, MadePackage, MadeRelease, MadeStream
from catalog.scale.tables import tables
from registry.models import Grant, Manifest, Reach, Repository, RepositoryManifest, Tag, TagEvent
from tenants.models import Tenant

KEY = "SHA256:c2NhbGUgbG9hZGVyLCBub3QgYSByZWFsIGtleQ"
ACTOR = "scale"


class Writer:
    """Takes images, charts and packages one by one; `finish` writes what still waits."""

    def __init__(
        self, *, key_of: Callable[[str, str], bytes], tenants: Sequence[Tenant], entitled: int
    ) -> None:
        self._key_of, self._tenants, self._entitled = key_of, tenants, entitled
        self.images = self.releases = self.tags = self.spans = self.chart_versions = 0
        self.repositories: list[str] = []
        self.versions: dict[MadePackage, int] = _known_versions()
        self._names = {(one.ecosystem, one.name): one.pk for one in Package.objects.all()}
        self._now = datetime.now(tz=UTC)
        self._rows = tables()
        self._newest: list[tuple[int, int, MadeRelease]] = []

    def package(self, made: MadePackage) -> int:
        """The id of a package version, written once."""
        if (known := self.versions.get(made)) is not None:
            return known
        name = (made.ecosystem, made.name)
        if name not in self._names:
            self._names[name] = self._rows[Package].add(*name)
        key = self._key_of(made.ecosystem, made.version)
        self.versions[made] = self._rows[PackageVersion].add(
            self._names[name], made.version, key, made.name, made.licences
        )
        return self.versions[made]

    def image(self, made: MadeImage) -> None:
        """An image with its repository, streams, releases, tags and their history."""
        repository = self._repository(made.name)
        facts = _facts(made)
        image = self._rows[Image].add(
            made.name, made.title[:120], made.summary[:300], made.description, made.category, made.homepage[:200],
            made.is_free, True, list(made.other_names), list(made.replaces), repository, self._now,
            facts.variants, facts.architectures, facts.ends_on, facts.said, facts.names, facts.words,
        )  # fmt: skip
        for stream in made.streams:
            newest = self._stream(repository, image, stream)
            if stream is made.streams[0] and newest:
                self._newest.append((image, newest, stream.releases[-1]))
        self._promise(made.name, repository, image=image, chart=None, is_free=made.is_free)
        self.images += 1
        if any(rows.is_full for rows in self._rows.values()):
            self._write()

    def chart(self, made: MadeChart) -> None:
        """A chart and its versions."""
        repository = self._repository(f"charts/{made.name}")
        chart = self._rows[Chart].add(made.name, made.summary[:300], repository)
        for position, (version, app_version, at) in enumerate(made.versions):
            is_newest = position == len(made.versions) - 1
            digest = digest_of(f"{made.name} {version}".encode())
            self._rows[ChartVersion].add(
                chart, version[:100], app_version[:100], digest, {}, made.readme if is_newest else "",
                made.values if is_newest else "", None, list(made.images), at,
            )  # fmt: skip
            manifest = self._manifest(repository, digest, MANIFEST, b"{}", at, CONFIG_TYPE)
            self._rows[Reach].add(manifest, manifest)
            self._rows[Tag].add(repository, tag_of(version)[:128], manifest, False, "", None, "", at)
            self.chart_versions += 1
        self._promise(f"charts/{made.name}", repository, image=None, chart=chart, is_free=False)

    def finish(self) -> None:
        self._write()
        for rows in self._rows.values():
            rows.close()
        found = Image.objects.in_bulk([image for image, _, _ in self._newest])
        for key, newest, made in self._newest:
            image = found[key]
            image.newest_id, image.newest_at, image.newest_size = newest, made.published_at, made.size
        Image.objects.bulk_update(found.values(), ["newest", "newest_at", "newest_size"], batch_size=200)

    def _write(self) -> None:
        for rows in self._rows.values():
            rows.write()

    def _repository(self, name: str) -> int:
        self.repositories.append(name)
        return self._rows[Repository].add(name, False, "", "", False, False, [], 90, self._now)

    def _promise(
        self, name: str, repository: int, *, image: int | None, chart: int | None, is_free: bool
    ) -> None:
        if not is_free and chart is None and self.images >= self._entitled:
            return
        for tenant in self._tenants:
            self._rows[Entitlement].add(tenant.pk, image, chart, self._now)
            self._rows[Grant].add(tenant.pk, name, repository, ["*"], [], False, False, self._now)

    def _stream(self, repository: int, image: int, made: MadeStream) -> int:
        """Gives the id of its newest release, 0 before the first."""
        stream = self._rows[VersionStream].add(
            image, made.name, made.variant, list(made.aliases), made.is_latest, made.eol_on, {}, {}
        )
        held: dict[MadePackage, int] = {}
        release = previous = manifest = 0
        for one in made.releases:
            before, (release, manifest) = previous, self._release(repository, stream, made, one)
            self._hold(repository, stream, release, held, one.holds)
            previous = manifest
            self._rows[TagEvent].add(
                repository, made.name, manifest, before or None, made.name, made.name if before else "", ACTOR, "",
                one.published_at,
            )  # fmt: skip
        for version, since in held.items():
            self._span(repository, stream, version, since, None)
        if made.releases:
            last = made.releases[-1]
            for name in dict.fromkeys((made.name, *made.aliases)):
                self._tag(repository, name, manifest, made, last.published_at, is_immutable=False)
        return release

    def _release(self, repository: int, stream: int, made: MadeStream, one: MadeRelease) -> tuple[int, int]:
        unique = f"{made.name[:113]}-{one.published_at:%Y%m%d%H%M}"
        platforms: dict[str, dict[str, Any]] = {
            name: {"digest": digest_of(f"{repository} {unique} {name}".encode()), "size": one.size}
            for name in one.architectures
        }
        content = index_of(platforms)
        digest = digest_of(content)
        manifest = self._manifest(repository, digest, INDEX, content, one.published_at)
        self._rows[Reach].add(manifest, manifest)
        self._tag(repository, unique, manifest, made, one.published_at, is_immutable=True)
        self._rows[TagEvent].add(
            repository, unique, manifest, None, made.name, "", ACTOR, "", one.published_at
        )
        release = self._rows[Release].add(
            repository, stream, digest, one.version[:100], unique, one.published_at, one.size, platforms, {}, {}, {},
            "passed", {"passed": 5, "total": 5, "architectures": [one.architectures[0]], "runner": "runc"}, KEY,
        )  # fmt: skip
        if one is made.releases[-1]:
            for subject in [digest, *(platform["digest"] for platform in platforms.values())]:
                self._evidence(repository, subject, one.published_at)
        self.releases += 1
        return release, manifest

    def _evidence(self, repository: int, subject: str, at: datetime) -> None:
        for one in evidence_about(subject):
            self._manifest(
                repository,
                digest_of(one.content),
                MANIFEST,
                one.content,
                at,
                one.artifact,
                one.notes,
                subject,
            )

    def _manifest(
        self,
        repository: int,
        digest: str,
        media_type: str,
        content: bytes,
        at: datetime,
        artifact: str = "",
        notes: dict[str, str] | None = None,
        subject: str = "",
    ) -> int:
        manifest = self._rows[Manifest].add(
            digest, media_type, artifact, content, len(content), notes or {}, subject, at
        )
        self._rows[RepositoryManifest].add(repository, manifest, subject, at, "")
        return manifest

    def _tag(
        self, repository: int, name: str, manifest: int, made: MadeStream, at: datetime, *, is_immutable: bool
    ) -> None:
        self._rows[Tag].add(repository, name[:128], manifest, is_immutable, made.name, made.eol_on, "", at)
        self.tags += 1

    def _hold(
        self,
        repository: int,
        stream: int,
        release: int,
        held: dict[MadePackage, int],
        wanted: frozenset[MadePackage],
    ) -> None:
        """As `catalog.contents.hold` does, without asking the database."""
        for version in held.keys() - wanted:
            self._span(repository, stream, version, held.pop(version), release)
        for version in wanted - held.keys():
            held[version] = release

    def _span(
        self, repository: int, stream: int, version: MadePackage, since: int, until: int | None
    ) -> None:
        self._rows[PackageSpan].add(repository, stream, self.package(version), since, until)
        self.spans += 1


def _facts(made: MadeImage) -> Image:
    """What lists say of it, by the same rule as of any other."""
    image = Image(
        name=made.name, title=made.title[:120], summary=made.summary[:300], description=made.description,
        category=made.category, other_names=list(made.other_names), replaces=list(made.replaces),
    )  # fmt: skip
    streams = [VersionStream(name=one.name, variant=one.variant, eol_on=one.eol_on) for one in made.streams]
    newest = [one.releases[-1] if one.releases else None for one in made.streams]
    shown = [Release(platforms={name: {} for name in one.architectures}) if one else None for one in newest]
    shelf.set_facts(image, streams, shown)
    return image


def _known_versions() -> dict[MadePackage, int]:
    rows = PackageVersion.objects.values_list(
        "package__ecosystem", "package__name", "version", "licences", "pk"
    )
    return {MadePackage(*row[:4]): row[4] for row in rows}
