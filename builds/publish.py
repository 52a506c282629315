"""Publish: make a signed build pullable, in one transaction.

Adopts what staging holds, moves the tags, writes the release with its packages, ends the build. No byte
moves, and nothing is visible before everything is. Not in charge of whether it was earned (`builds.earned`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from builds import states
from builds.draft import tag_of
from builds.earned import Outcome
from builds.engine.formats import format_of
from builds.engine.lock import Lock
from builds.models import Build, BuildStep
from builds.signing import ring
from catalog import changelogs, contents, shelf
from catalog.models import Package, PackageVersion, Release
from catalog.tasks import publish_charts
from registry import staging, tags
from registry.models import Manifest, Repository, RepositoryManifest, Tag
from registry.tags import Follows
from tenants import audit


def target_of(build: Build) -> Repository:
    """The repository that the build is for."""
    if build.revision is not None:
        return Repository.objects.get(tenant=build.tenant, name=build.revision.recipe.name)
    return build.stream.image.repository  # type: ignore[union-attr]


def is_released(build: Build) -> bool:
    """The same digest is a release of its repository already: signed, and nothing to add."""
    return Release.objects.filter(repository=target_of(build), digest=build.digest).exists()


def _product(build: Build) -> str:
    """The catalogue image that was built, or built upon."""
    stream = build.revision.base if build.revision is not None else build.stream
    return stream.image.name  # type: ignore[union-attr]


def moving_tags(build: Build) -> list[str]:
    """The tags that follow this build's stream or recipe."""
    if build.revision is not None:
        return [tag_of(build.revision.customisation)]
    return [build.stream.name, *build.stream.aliases]  # type: ignore[union-attr]


@transaction.atomic
def publish(*, build_id: UUID, outcome: Outcome) -> Build:
    """Publish one build that is being signed; a build that is not, is given back unchanged."""
    build = Build.objects.select_for_update().get(pk=build_id)
    if build.state != Build.State.SIGNING:
        return build
    now, target = timezone.now(), target_of(build)
    states.mark(build, "publish", BuildStep.State.RUNNING)
    manifest, names = outcome.index, moving_tags(build)
    if not is_released(build):
        held = Repository.objects.get(name=staging.name_of(build.id), is_staging=True)
        manifest = staging.adopt(staging=held, target=target, digest=build.digest)
        unique = _unique_tag(target, names[0], now)
        _move(build, target, unique, manifest, is_immutable=True)
        _release(build, outcome, target, unique, now)
        if build.stream is not None:
            shelf.note(build.stream.image)
    held_back = _held_back(build, target)
    moved = [] if held_back else names
    for name in moved:
        _move(build, target, name, manifest)
    staging.close_staging(build_id=build.id)
    _succeed(build, f"{held_back}: no tag moved" if held_back else f"Tags: {', '.join(moved)}", now)
    audit.record(
        tenant=build.tenant,
        actor="signer",
        verb="release.published",
        object=target.name,
        data={"build": str(build.id), "digest": build.digest, "tags": moved},
    )
    transaction.on_commit(publish_charts.delay)
    return build


def _move(
    build: Build, target: Repository, name: str, manifest: Manifest, *, is_immutable: bool = False
) -> None:
    tags.move(
        repository=target,
        name=name,
        manifest=manifest,
        actor=build.ordered_by,
        build=build.id,
        reason=build.reason,
        is_immutable=is_immutable,
        follows=_follows(build),
    )


def _follows(build: Build) -> Follows:
    """A catalogue image's tags are of its stream; a golden image's are the tenant's own."""
    return Follows(build.stream.name, build.stream.eol_on) if build.stream else Follows()


def _succeed(build: Build, summary: str, now: datetime) -> None:
    states.mark(build, "publish", BuildStep.State.DONE, summary)
    states.write_lines(build, [(now, "publish", f"{build.digest} is published. {summary}.")])
    build.state, build.ended_at, build.lease_expires_at = Build.State.SUCCEEDED, now, None
    build.error_code = build.error = ""
    build.save(update_fields=["state", "ended_at", "lease_expires_at", "error_code", "error"])


def _held_back(build: Build, target: Repository) -> str:
    """Why the tags stay where they are, or ""."""
    links = RepositoryManifest.objects.filter(repository=target, manifest__digest=build.digest)
    if links.exclude(withdrawn="").exists():
        return "This digest was withdrawn"
    return "A later order was published first" if _is_overtaken(build) else ""


def _is_overtaken(build: Build) -> bool:
    """A later order for the same tags has been published: moving them would turn them back."""
    later = Build.objects.filter(state=Build.State.SUCCEEDED, ordered_at__gt=build.ordered_at)
    if build.revision is None:
        return later.filter(stream=build.stream).exists()
    others = later.filter(revision__recipe=build.revision.recipe).select_related("revision")
    return any(moving_tags(other) == moving_tags(build) for other in others)


def _unique_tag(target: Repository, name: str, now: datetime) -> str:
    """`<stream>-YYYYMMDDHHMM`, with seconds when the minute is taken."""
    tag = f"{name[:113]}-{now:%Y%m%d%H%M}"
    return tag if _is_free(target, tag) else _unique_to_the_second(target, name, now)


def _unique_to_the_second(target: Repository, name: str, now: datetime) -> str:
    """14 digits: of the publish time, or of the next second that nobody took."""
    while not _is_free(target, tag := f"{name[:113]}-{now:%Y%m%d%H%M%S}"):
        now += timedelta(seconds=1)
    return tag


def _is_free(target: Repository, tag: str) -> bool:
    return not Tag.objects.filter(repository=target, name=tag).exists()


def _release(build: Build, outcome: Outcome, target: Repository, unique: str, now: datetime) -> Release:
    tests = build.result.get("tests") or {}
    first = outcome.platforms.get("amd64") or next(iter(outcome.platforms.values()))
    release = Release.objects.create(
        repository=target,
        stream=build.stream,
        digest=build.digest,
        version=main_version(outcome.lock, _product(build)),
        unique_tag=unique,
        published_at=now,
        size=first.size,
        platforms={
            one.architecture: {
                "digest": one.manifest.digest,
                "size": one.size,
                "layers": [{"digest": it["digest"], "size": it["size"]} for it in one.content["layers"]],
                "config": one.config.get("config") or {},
            }
            for one in outcome.platforms.values()
        },
        spec=build.spec,
        lock=build.lock,
        tests=build.tests,
        tested=Release.Tested.PASSED if tests.get("checks") else Release.Tested.UNTESTED,
        test_summary={key: tests.get(key) for key in ("passed", "total", "architectures", "runner")},
        signing_key=ring.public_keys(build.tenant)[0].hint,
        build=build.id,
    )
    _link_packages(build, release, outcome.lock)
    return release


def _link_packages(build: Build, release: Release, lock: Lock) -> None:
    licences = {
        str(piece["name"]): ", ".join(piece.get("licences") or [])[:500]
        for piece in build.result.get("packages") or []
    }
    form = format_of(lock.format)
    locked = {(one.name, one.version): one for found in lock.packages.values() for one in found}
    names = {name for name, _ in locked}
    Package.objects.bulk_create(
        [Package(ecosystem=lock.format, name=name) for name in sorted(names)], ignore_conflicts=True
    )
    packages = {one.name: one for one in Package.objects.filter(ecosystem=lock.format, name__in=names)}
    PackageVersion.objects.bulk_create(
        [
            PackageVersion(
                package=packages[name],
                version=version,
                key=form.version_key(version),
                source=one.source,
                licences=licences.get(name, ""),
            )
            for (name, version), one in sorted(locked.items())
        ],
        ignore_conflicts=True,
    )
    versions = PackageVersion.objects.filter(package__in=packages.values()).select_related("package")
    held = [one for one in versions if (one.package.name, one.version) in locked]
    contents.hold(release=release, versions=held)
    said = {str(piece["name"]): piece.get("fixes") for piece in build.result.get("packages") or []}
    changelogs.keep({one.pk: said.get(one.package.name) for one in held})


def main_version(lock: Lock, name: str) -> str:
    """The upstream version of the requested package that `name` is called after, else of the shortest named."""
    requested = [one for found in list(lock.packages.values())[:1] for one in found if not one.because]
    named = [one for one in requested if one.name.startswith(name.rpartition("/")[2])]
    chosen = min(named or requested, key=lambda one: (len(one.name), one.name), default=None)
    return _upstream(chosen.version) if chosen else ""


def _upstream(version: str) -> str:
    """A Debian version without epoch and revision (policy 5.6.12)."""
    after_epoch = version.partition(":")[2] or version
    return after_epoch.rpartition("-")[0] or after_epoch
