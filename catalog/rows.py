"""What lists read of all images that some words find: of thousands narrowly, in order, from an index.

As the tenant sees them, where a grant hides something. Not in charge of counting them (`catalog.listing`).
"""

from __future__ import annotations

from functools import lru_cache
from inspect import Parameter, Signature
from typing import Any

from django.db.models import CharField, ExpressionWrapper, F, Field, QuerySet
from django.db.models.functions import Cast

from catalog import search
from catalog.models import Image
from catalog.parts import WHOLE, Parts
from catalog.shelf import Facts
from catalog.wanted import Sort, Wanted
from tenants.compiled import Compiled, compiled

#: What is sorted by, of an image.
_SORTED = {Sort.NEWEST: "newest_at", Sort.SMALLEST: "newest_size"}
#: Of an image: its repository, what `Image.said` says, the day it ends on, whether it is listed, and free.
Row = tuple[int, str, str | None, int, int]


def _as_is(name: str) -> ExpressionWrapper[Any]:
    """As the database says it: to make truths of thousands takes longer than to find them."""
    return ExpressionWrapper(F(name), output_field=Field())


#: A `Row`; dates as texts for the same reason.
_READ = ("repository_id", "said", Cast("ends_on", CharField()), _as_is("is_listed"), _as_is("is_free"))


def _narrowly(images: QuerySet[Image], sort: Sort | None) -> QuerySet[Image, Row]:
    return _sorted(images, sort).values_list(*_READ)


def matched(wanted: Wanted, seen: Parts) -> list[Row]:
    """Of what the words find, in order, as far as it is `seen`; one query."""
    words = search.words_in(wanted.words)
    if not seen.facts:
        return _with(wanted.sort, tuple(map(search.is_whole, words)))(*words)
    images = search.matching(Image.objects.order_by("name"), wanted.words, seen=seen)
    return _as_seen(list(_narrowly(images, wanted.sort)), images, wanted, seen)


@lru_cache
def _with(sort: Sort | None, are_whole: tuple[bool, ...]) -> Compiled[..., Row]:
    """The images in which so many words are found, of which nothing is hidden."""

    def images(*words: str) -> QuerySet[Image, Row]:
        found = Image.objects.order_by("name")
        for word, is_whole in zip(words, are_whole, strict=True):
            found = search.with_word(found, word, seen=WHOLE if is_whole else None)
        return _narrowly(search.best_first(found, words[0]) if words else found, sort)

    places = [Parameter(f"word_{at}", Parameter.POSITIONAL_ONLY) for at in range(len(are_whole))]
    vars(images)["__signature__"] = Signature(places)
    return compiled(images)


@compiled
def with_freedom() -> QuerySet[Image, tuple[int, int]]:
    """The repository of each image, and whether it is free."""
    return Image.objects.order_by().values_list("repository_id", _as_is("is_free"))


def _row_as_seen(row: Row, facts: Facts | None) -> Row:
    if facts is None:
        return row
    repository, said, _, is_listed, is_free = row
    ends_on = facts.ends_on.isoformat() if facts.ends_on else None
    return repository, facts.said(said.rpartition("|")[2]), ends_on, is_listed, is_free


def _as_seen(rows: list[Row], images: QuerySet[Image], wanted: Wanted, seen: Parts) -> list[Row]:
    """The same rows with what is seen of each image in place of all of it, in the order that this gives."""
    changed = [_row_as_seen(row, seen.facts.get(row[0])) for row in rows]
    if wanted.sort not in _SORTED:
        return changed
    name = _SORTED[wanted.sort]
    values = dict(images.order_by().values_list("repository_id", name))
    values |= {repository: getattr(facts, name) for repository, facts in seen.facts.items()}
    known = [row for row in changed if values[row[0]] is not None]
    known.sort(key=lambda row: values[row[0]], reverse=wanted.sort == Sort.NEWEST)
    return known + [row for row in changed if values[row[0]] is None]


def _sorted(images: QuerySet[Image], sort: Sort | None) -> QuerySet[Image]:
    if sort == Sort.NEWEST:
        return images.order_by(F("newest_at").desc(nulls_last=True), "name")
    if sort == Sort.SMALLEST:
        return images.order_by(F("newest_size").asc(nulls_last=True), "name")
    return images.order_by("name") if sort == Sort.NAME else images
