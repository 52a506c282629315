"""What replaces an upstream reference: `docker.io/bitnami/redis:7` leads to our image and the tag to pull.

Not in charge of reading references (`catalog.reference`) nor of rights beyond what `catalog.search` shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Concat

from catalog import search
from catalog.limits import add_streams
from catalog.models import Image
from catalog.reference import Upstream, read
from registry import visibility
from registry.models import Tag
from tenants.models import Tenant

_SPACED = Concat(Value(" "), "names", Value(" "), output_field=TextField())


@dataclass(frozen=True, slots=True)
class Replacement:
    """Our image for a reference; `tag` is the moving tag to pull, "" before the first release."""

    upstream: Upstream
    image: Image
    name: str
    #: Whether the tenant may pull it; otherwise it may ask for it.
    is_held: bool
    tag: str
    #: Whether we have a stream of the tag that was asked for, or none was.
    is_same_version: bool
    #: Whether the image says that it replaces this very reference; otherwise only their names are alike.
    is_stated: bool


def replacement(*, tenant: Tenant, text: str) -> Replacement | None:
    """What the tenant may use for the reference `text`; None where it is none or we have nothing."""
    upstream = read(text)
    if upstream is None:
        return None
    for images, is_held in ((search.images_of(tenant), True), (search.available_to(tenant), False)):
        for is_stated in (True, False):
            if (image := _find(images, upstream, is_stated=is_stated)) is not None:
                tags = [tag for stream in image.streams.all() for tag in (stream.name, *stream.aliases)]
                if is_held:
                    tags = _pulled(tenant, image, tags)
                return _replacement(upstream, image, tags, is_held=is_held, is_stated=is_stated)
    return None


def _pulled(tenant: Tenant, image: Image, tags: list[str]) -> list[str]:
    """Those of `tags` that are there and that the tenant is shown."""
    view = visibility.find(tenant=tenant, name=getattr(image, "shown_name", image.name))
    if view is None:
        return []
    there = dict(Tag.objects.filter(repository=view.repository, name__in=tags).values_list("name", "stream"))
    return [tag for tag in tags if tag in there and (not view.grant or view.grant.shows(tag, there[tag]))]


def _find(images: QuerySet[Image], upstream: Upstream, *, is_stated: bool) -> Image | None:
    wanted = upstream.name if is_stated else upstream.last
    # As a word of its own: "b" is in nearly every name. Words are only parted where it is in at all.
    named_so = images.filter(names__holds=wanted).annotate(spaced=_SPACED).defer("description", "words")
    for image in named_so.filter(spaced__contains=f" {wanted} "):
        named = image.replaces if is_stated else [image.name, *image.other_names]
        if wanted in [str(one).lower() for one in named]:
            add_streams([image])
            return image
    return None


def _replacement(
    upstream: Upstream, image: Image, tags: list[str], *, is_held: bool, is_stated: bool
) -> Replacement:
    same = _same(tags, upstream.tag)
    return Replacement(
        upstream=upstream,
        image=image,
        name=getattr(image, "shown_name", image.name),
        is_held=is_held,
        tag=same or next(iter(tags), ""),
        is_same_version=bool(same) or upstream.tag in ("", "latest"),
        is_stated=is_stated,
    )


def _same(tags: list[str], asked: str) -> str:
    """The tag that is `asked`, or names fewer parts of its version: 7.2 for 7.2.4-alpine."""
    version = asked
    while version:
        if version in tags:
            return version
        version = re.sub(r"(?:^|[.-])[^.-]*$", "", version)
    return ""
