"""The tabs of an image page, of the catalogue and of golden images alike: what each shows of a release.

Not in charge of the page around them, nor of choosing releases (`catalog.pages.choosing`), comparing
(`catalog.pages.compare`) or sharing (`catalog.pages.layers`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from catalog import changelogs
from catalog.charts import offered
from catalog.models import Image, Release
from catalog.pages import choosing, compare
from catalog.pages.evidence_commands import Commands
from catalog.pages.hallmarks import SCAN
from catalog.pages.layers import layers_of
from catalog.pages.tags import TagRow
from catalog.pages.timeline import timeline
from catalog.shown import releases_shown
from catalog.wanted import Life
from registry import history
from registry.models import RepositoryManifest
from registry.visibility import View
from tenants.models import Tenant

#: Releases whose fixes are told one by one, rows of a page of tags or fixes.
TOLD, ROWS = 12, 25
TABS = (
    "overview",
    "tags",
    "packages",
    "vulnerabilities",
    "sbom",
    "verify",
    "layers",
    "compare",
    "charts",
    "all",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A release of the repository `name` as one tenant sees it; `image` is None for a golden image."""

    tenant: Tenant
    name: str
    view: View
    image: Image | None
    release: Release
    newest: Release
    tags: Sequence[TagRow] = ()
    #: Kinds of evidence of the release.
    kinds: frozenset[str] = frozenset()
    #: The release in its repository, where that is known already.
    link: RepositoryManifest | None = None
    #: Releases to choose from, newest first; found by `of`.
    choices: Sequence[Release] = ()


def tab_of(request: HttpRequest) -> str:
    """The part of the page that `?tab=` asks for; the overview for what is unknown."""
    asked = request.GET.get("tab", "")
    return asked if asked in TABS else TABS[0]


def of(tab: str, place: Place, request: HttpRequest) -> dict[str, Any]:
    """Context for `tab`."""
    place = replace(place, choices=choosing.choices(place.view))
    count = (
        len(offered.that_deploy(tenant=place.tenant, image=place.image)) if place.image is not None else None
    )
    link = place.link or place.view.linked(place.release.digest)
    context: dict[str, Any] = {
        "withdrawn": link.withdrawn if link is not None else "",
        "ended": _ended(place.release),
        "package_count": place.release.package_links.count(),
        "chart_count": count,
        "newest": place.newest,
        "choices": place.choices,
    }
    for part in (*_EVERYTHING, "overview") if tab == "all" else (tab,):
        context |= _PARTS[part](place, request)
    return context


def _ended(release: Release) -> date | None:
    """When the stream of the release ended, if it did."""
    ends_on = release.stream.eol_on if release.stream is not None else None
    return ends_on if Life.now(ends_on) != Life.SUPPORTED else None


def _overview(place: Place, request: HttpRequest) -> dict[str, Any]:
    return {"facts": facts(place.release)}


def _tags(place: Place, request: HttpRequest) -> dict[str, Any]:
    lines = history.recent(place.view)
    page = Paginator(place.tags, ROWS).get_page(request.GET.get("page"))
    known = {one.digest for one in place.choices}
    older = {digest for line in lines for digest in (line.digest, line.previous) if digest} - known
    if older:
        known |= set(releases_shown(place.view).filter(digest__in=older).values_list("digest", flat=True))
    return {"history": lines, "comparable": known, "timeline": timeline(lines), "tag_page": page}


def _packages(place: Place, request: HttpRequest) -> dict[str, Any]:
    return {"packages": packages_of(place.release)}


def _vulnerabilities(place: Place, request: HttpRequest) -> dict[str, Any]:
    release = place.release
    line = releases_shown(place.view).filter(stream=release.stream_id, published_at__lte=release.published_at)
    told = changelogs.told(release)
    rows = max(1, len(told.fixes)) if tab_of(request) == "all" else ROWS
    return {
        "told": told,
        "by_release": changelogs.by_release(
            list(line.defer("spec", "lock", "platforms", "tests")[: TOLD + 1])
        )[:TOLD],
        "page": Paginator(told.fixes, rows).get_page(request.GET.get("page")),
    }


def _commands(place: Place, request: HttpRequest) -> dict[str, Any]:
    """How the release is verified from the host that is asked."""
    found = Commands.of(
        address=getattr(request, "address"),  # noqa: B009
        name=place.name,
        digest=place.release.digest,
        is_own=place.view.grant is None,
    )
    return {"commands": found}


def _verify(place: Place, request: HttpRequest) -> dict[str, Any]:
    return {**_commands(place, request), "is_scanned": SCAN in place.kinds}


def _layers(place: Place, request: HttpRequest) -> dict[str, Any]:
    return {"layers": layers_of(place.tenant, place.view, place.release)}


def _compare(place: Place, request: HttpRequest) -> dict[str, Any]:
    return compare.compared(
        request,
        tenant=place.tenant,
        name=place.name,
        image=place.image,
        view=place.view,
        release=place.release,
    )


def _charts(place: Place, request: HttpRequest) -> dict[str, Any]:
    using = offered.that_deploy(tenant=place.tenant, image=place.image) if place.image else []
    return {"charts": offered.read(using)}


_PARTS: dict[str, Callable[[Place, HttpRequest], dict[str, Any]]] = {
    "overview": _overview,
    "tags": _tags,
    "packages": _packages,
    "vulnerabilities": _vulnerabilities,
    "sbom": _commands,
    "verify": _verify,
    "layers": _layers,
    "compare": _compare,
    "charts": _charts,
}
_EVERYTHING = ("packages", "vulnerabilities", "verify", "layers", "charts")


def facts(release: Release) -> dict[str, Any]:
    """Facts of the first platform: user, entrypoint, volumes, layers."""
    platform: dict[str, Any] = next(iter(release.platforms.values()), {})
    config = platform.get("config") or {}
    config = config.get("config", config)
    spec = release.spec
    layers = platform.get("layers", [])
    return {
        "architectures": [(name, one.get("size")) for name, one in release.platforms.items()],
        "user": config.get("User") or spec.get("user") or "",
        "entrypoint": " ".join(config.get("Entrypoint") or spec.get("entrypoint") or []),
        "cmd": " ".join(config.get("Cmd") or spec.get("cmd") or []),
        "workdir": config.get("WorkingDir") or "",
        "ports": " ".join(config.get("ExposedPorts") or {}),
        "volumes": sorted(config.get("Volumes") or {}),
        "stop_signal": config.get("StopSignal") or "",
        "env": sorted(config.get("Env") or []),
        "layers": len(layers),
    }


def packages_of(release: Release) -> list[tuple[str, str, str, str]]:
    """(name, version, source, licences) by name, in one query."""
    name, *facts = (f"version__{one}" for one in ("package__name", "version", "source", "licences"))
    return list(release.package_links.order_by(name).values_list(name, *facts))
