"""Mistyped words of a search, and the words they were likely meant for.

A word is only told to who may know of something that is called so: nobody learns others' names by mistyping them.
Not in charge of searching.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from django.db.models import QuerySet
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from catalog import search, vocabulary
from catalog.models import Image, Package
from catalog.parts import Parts
from catalog.vocabulary import words_of
from tenants.compiled import compiled
from tenants.models import Tenant

#: How alike two words must be (of 1) for one to be taken for the other mistyped; shorter ones never are.
ALIKE, SHORTEST = 0.7, 4
#: Packages so alike, and images called by a word, of which it is asked whether the tenant may know of them.
NEAR = 20


def corrected(names: Iterable[str], text: str) -> str:
    """`text` with mistyped words replaced by the likest word of `names`; "" when none is alike."""
    known = words_of(names)
    return _changed(text, lambda word: next(iter(_nearest(word, known)), ""), known)


def corrected_for(tenant: Tenant, text: str, *, held: Container[int], seen: Parts) -> str:
    """`text` as `corrected` by what the tenant knows of: names of images, and packages within where no name is alike.

    `held` are repositories granted to it, `seen` what it sees of those that are so in part.
    """
    words = vocabulary.words()
    near = {word: _nearest(word, words) for word in _long(text)}
    known = _known(tenant, held, {one: words[one] for among in near.values() for one in among})

    def likest(word: str) -> str:
        found = next((one for one in near[word] if one in known), "")
        return found or _likest_package(word, tenant, seen)

    return _changed(text, likest, known)


def _changed(text: str, likest: Callable[[str], str], known: Container[str]) -> str:
    """`text` with each word that is long enough and not `known` as its `likest`; "" where that changes nothing."""
    words = text.lower().split()
    long = _long(text)
    better = [likest(word) or word if word in long and word not in known else word for word in words]
    return " ".join(better) if better != words else ""


def _long(text: str) -> list[str]:
    return [word for word in search.words_in(text) if len(word) >= SHORTEST]


def _known(tenant: Tenant, held: Container[int], called: Mapping[str, Sequence[int]]) -> set[str]:
    """Those words by which images are called now that the tenant may know of, as `search.known_to` has it.

    `called` are the words, each with the repositories of images that were called so lately.
    """
    asked = {one for of in called.values() for one in sorted(of, key=lambda one: one not in held)[:NEAR]}
    if not asked:
        return set()
    names = [
        name
        for name, one, is_listed in _named(list(asked))
        if one in held or (is_listed and not tenant.is_open)
    ]
    return words_of(names) & called.keys()


@compiled
def _named(repositories: list[int]) -> QuerySet[Image, tuple[str, int, bool]]:
    images = Image.objects.order_by().filter(repository__in=repositories)
    return images.values_list("names", "repository_id", "is_listed")


def _likest_package(word: str, tenant: Tenant, seen: Parts) -> str:
    near = _nearest(word, vocabulary.packages(word[0]), most=NEAR)
    if not near:
        return ""
    held = search.held_by(Package.objects.filter(name__in=near), search.known_to(tenant), seen=seen)
    names = set(held.values_list("name", flat=True))
    return next((name for name in near if name in names), "")


def _nearest(word: str, known: Iterable[str], most: int | None = None) -> list[str]:
    """Those of `known` that are most like `word`, the likest first; none where none is alike."""
    shortest, longest = len(word) * ALIKE, len(word) / ALIKE  # any other differs in too many letters
    near = [one for one in known if shortest <= len(one) <= longest]
    alike = DamerauLevenshtein.normalized_similarity
    return [str(one) for one, *_ in process.extract(word, near, scorer=alike, score_cutoff=ALIKE, limit=most)]
