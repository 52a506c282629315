"""Solved before built: what an order would give, before anything is stored.

Reads only. `solved` is the step that preview and order share, so that pressing Build holds no surprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from builds.draft import draft
from builds.engine.lock import Lock, LockedPackage
from builds.engine.spec import Spec
from builds.models import Build
from builds.refusals import FieldError, OrderRefused
from builds.solve import removable, solve
from catalog import search
from catalog.limits import among_shown, narrowed
from catalog.models import Release, VersionStream
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class PreviewPackage:
    """One package of the result; sizes in bytes. `because` is "" when it was asked for."""

    name: str
    version: str
    architecture: str
    because: str
    size: int
    installed_size: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be built, or by field why not. Sizes in bytes, of one architecture: the largest.

    `removed` are the base's packages that the image no longer has, `removable` those that nothing needs.
    """

    base: str
    base_digest: str
    architectures: tuple[str, ...]
    packages: tuple[PreviewPackage, ...]
    errors: tuple[FieldError, ...]
    base_size: int
    added_size: int
    added_installed_size: int
    removed: tuple[PreviewPackage, ...] = ()
    removable: tuple[str, ...] = ()

    @property
    def is_buildable(self) -> bool:
        return not self.errors

    @property
    def new(self) -> tuple[PreviewPackage, ...]:
        """Packages that the order adds to the base, each once however many architectures have it."""
        return _once(package for package in self.packages if package.is_new)

    @property
    def inherited(self) -> tuple[PreviewPackage, ...]:
        """Packages that come with the base, each once."""
        return _once(package for package in self.packages if not package.is_new)

    @property
    def total_size(self) -> int:
        return self.base_size + self.added_size


def _once(packages: Iterable[PreviewPackage]) -> tuple[PreviewPackage, ...]:
    return tuple({(package.name, package.version): package for package in packages}.values())


def release_for(*, tenant: Tenant, base: VersionStream) -> Release:
    """The release to build upon. Raises OrderRefused when the tenant has no such image, or it is not built."""
    image = search.images_of(tenant).filter(pk=base.image_id).first()
    if image is None or base not in narrowed(tenant=tenant, images=[image])[0].streams.all():
        raise OrderRefused([FieldError("base", "base-unknown", "There is no such image in your catalogue.")])
    release = search.newest_release(base)
    if release is None or not among_shown(tenant=tenant, releases={base.pk: release}):
        raise OrderRefused(
            [
                FieldError(
                    "base",
                    "base-not-built",
                    f"{base.image.name}:{base.name} is still being built for the first time. "
                    "Try again in a few minutes.",
                )
            ]
        )
    return release


@dataclass(frozen=True, slots=True)
class Solved:
    """What a build follows: spec, lock, and the test spec that its base passed."""

    spec: Spec
    lock: Lock
    tests: Mapping[str, Any]


def solved(*, tenant: Tenant, base: VersionStream, customisation: Mapping[str, Any]) -> Solved:
    """What an order would build. Raises OrderRefused, IndexNotReady."""
    release = release_for(tenant=tenant, base=base)
    spec = draft(release=release, customisation=customisation)
    return Solved(spec, solve(spec=spec, standing=standing(release, spec)), release.tests)


def standing(release: Release, spec: Spec) -> dict[str, set[str]]:
    """Directories that packages of the base are known to bring and that stay, by architecture."""
    found: dict[str, set[str]] = {}
    made = Build.objects.filter(pk=release.build) if release.build else Build.objects.none()
    pieces = made.values_list("result__packages", flat=True).first()
    for piece in pieces or []:
        if piece["name"] not in spec.remove:
            found.setdefault(piece["platform"], set()).update(piece.get("directories", ()))
    return found


def preview(*, tenant: Tenant, base: VersionStream, customisation: Mapping[str, Any]) -> Preview:
    """What the order would give. Raises IndexNotReady before the first package index."""
    try:
        release = release_for(tenant=tenant, base=base)
    except OrderRefused as refused:
        return _refused(base, None, refused)
    try:
        spec = draft(release=release, customisation=customisation)
        lock = solve(spec=spec, standing=standing(release, spec))
    except OrderRefused as refused:
        return _refused(base, release, refused)
    added = [sum_of(packages) for packages in lock.packages.values()]
    size, installed = max(added, default=(0, 0))
    return Preview(
        base=str(base),
        base_digest=release.digest,
        architectures=tuple(lock.packages),
        packages=tuple(_package(item) for chosen in lock.packages.values() for item in chosen),
        errors=(),
        base_size=release.size,
        added_size=size,
        added_installed_size=installed,
        removed=_once(_package(item) for item in _removed(spec)),
        removable=tuple(removable(spec=spec, lock=lock)),
    )


def _removed(spec: Spec) -> list[LockedPackage]:
    below = spec.base.lock.packages if spec.base else {}
    return [one for name in spec.architectures for one in below.get(name, ()) if one.name in spec.remove]


def sum_of(packages: tuple[LockedPackage, ...]) -> tuple[int, int]:
    """Bytes to fetch and bytes on disk of the packages that do not come with the base."""
    new = [package for package in packages if not package.inherited]
    return sum(package.size for package in new), sum(package.installed_size for package in new)


def _package(item: LockedPackage) -> PreviewPackage:
    return PreviewPackage(
        name=item.name,
        version=item.version,
        architecture=item.architecture,
        because=item.because,
        size=item.size,
        installed_size=item.installed_size,
        is_new=not item.inherited,
    )


def _refused(base: VersionStream, release: Release | None, refused: OrderRefused) -> Preview:
    return Preview(
        base=str(base),
        base_digest=release.digest if release else "",
        architectures=(),
        packages=(),
        errors=refused.errors,
        base_size=release.size if release else 0,
        added_size=0,
        added_installed_size=0,
    )
