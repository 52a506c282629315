"""What the tabs of an image page show of a release: facts, packages, proof, and two releases compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog.models import PackageSpan, Release
from catalog.pages.hallmarks import SCAN, evidence_of
from registry.models import Repository

#: Releases offered for comparison.
CHOICES = 60


@dataclass(frozen=True, slots=True)
class Change:
    """A package that differs between two releases; "" where it is absent."""

    name: str
    before: str
    after: str


TABS = ("overview", "tags", "packages", "sbom", "verify", "compare")


def tab_of(request: HttpRequest) -> str:
    """The part of the page that `?tab=` asks for; the overview for what is unknown."""
    asked = request.GET.get("tab", "")
    return asked if asked in TABS else TABS[0]


def of(tab: str, release: Release, request: HttpRequest) -> dict[str, Any]:
    """Context for `tab`. The overview has the facts of the default platform."""
    context: dict[str, Any] = {"package_count": release.package_links.count()}
    if tab == "overview":
        context["facts"] = facts(release)
    if tab == "packages":
        context["packages"] = packages_of(release)
    if tab == "verify":
        context["is_scanned"] = SCAN in evidence_of([release]).get(release.pk, frozenset())
    if tab == "compare":
        context |= compared(release.repository, request.GET.get("a", ""), request.GET.get("b", ""))
    return context


def facts(release: Release) -> dict[str, Any]:
    """Facts of the first platform: user, entrypoint, layers."""
    platform: dict[str, Any] = next(iter(release.platforms.values()), {})
    config = platform.get("config") or {}
    config = config.get("config", config)
    spec = release.spec
    layers = platform.get("layers", [])
    return {
        "architectures": ", ".join(release.platforms),
        "user": config.get("User") or spec.get("user") or "",
        "entrypoint": " ".join(config.get("Entrypoint") or spec.get("entrypoint") or []),
        "cmd": " ".join(config.get("Cmd") or spec.get("cmd") or []),
        "layers": len(layers),
    }


def packages_of(release: Release) -> list[PackageSpan]:
    """Packages by name, in one query."""
    links = release.package_links.select_related("version__package")
    return list(links.order_by("version__package__name"))


def compared(repository: Repository, first: str, second: str) -> dict[str, Any]:
    """Two releases of a repository and what differs; the newest two of a stream unless named by unique tag."""
    releases = list(
        Release.objects.filter(repository=repository)
        .defer("spec", "lock")
        .order_by("-published_at")[:CHOICES]
    )
    named = {release.unique_tag: release for release in releases}
    after = named.get(second) or (releases[0] if releases else None)
    older = [item for item in releases if after and item.stream_id == after.stream_id and item.pk < after.pk]
    before = named.get(first) or (older[0] if older else None)
    context: dict[str, Any] = {"releases": releases, "before": before, "after": after}
    if before and after:
        context["changes"] = changes(before, after)
        context["size_change"] = after.size - before.size
    return context


def changes(before: Release, after: Release) -> list[Change]:
    """Packages added, removed and moved to another version, by name."""
    old, new = _versions(before), _versions(after)
    names = sorted(old.keys() | new.keys())
    return [
        Change(name, old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name)
    ]


def _versions(release: Release) -> dict[str, str]:
    return dict(release.package_links.values_list("version__package__name", "version__version"))
