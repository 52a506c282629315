"""What a golden image may be built upon: streams of the tenant's images, searched, some images at a time.

Not in charge of whether such a base can be solved; the wizard asks that of the one that is chosen.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from catalog import queries, search
from catalog.limits import add_streams, narrowed_among
from catalog.models import Image, VersionStream
from catalog.parts import WHOLE, parts
from catalog.rows import matched
from catalog.wanted import Access, Wanted
from tenants.compiled import compiled
from tenants.models import Tenant

ROWS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One stream as `reference` names it ("python:3.13"); none can be built upon before its first release."""

    reference: str
    stream: VersionStream
    is_built: bool


@dataclass(frozen=True, slots=True)
class Bases:
    """A page of images with what can be chosen of each, for the words `q`; `kept` is a choice that is not among them."""

    q: str
    #: By their repositories.
    page: Page[int]
    images: list[tuple[Image, list[Choice]]]
    kept: str


def bases(*, tenant: Tenant, text: str, page: str | None, chosen: str) -> Bases:
    """That page of the images that `text` finds, as the catalogue finds them; of a reference the image it names."""
    wanted = Wanted.read({"q": text})
    held = dict(queries.held(tenant.pk))
    limited = {repository for repository, is_limited in held.items() if is_limited}
    seen = parts(tenant=tenant, repositories=limited) if wanted.words else WHOLE
    # All that is found: to look through the texts once counts and pages it.
    found = [repository for repository, *_ in matched(wanted, seen) if repository in held]
    shown = Paginator(found, ROWS).get_page(page)
    of_page = narrowed_among(limited, tenant=tenant, images=_held_in(tenant.pk, list(shown)))
    add_streams(of_page)
    read = {image.repository_id: image for image in of_page}
    images = [read[key] for key in shown if key in read]
    built = search.released(stream for image in images for stream in image.streams.all())
    rows = [(image, _choices(image, built)) for image in images]
    is_shown = any(one.reference == chosen for _, choices in rows for one in choices)
    return Bases(wanted.text, shown, rows, "" if is_shown else chosen)


@compiled
def _held_in(tenant: int, repositories: list[int]) -> QuerySet[Image]:
    found = search.images_for(tenant, Access.YOURS).filter(repository__in=repositories)
    return found.defer("description", "words", "names")


def _choices(image: Image, built: Container[int]) -> list[Choice]:
    name = getattr(image, "shown_name", image.name)
    return [Choice(f"{name}:{one.name}", one, one.pk in built) for one in image.streams.all()]
