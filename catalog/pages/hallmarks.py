"""The five hallmarks of a release, always in the same order, each with its evidence or why it is missing.

Judged from what is stored beside the release, not from what should be there. Not in charge of verifying
signatures: that is for the verifiers a customer runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, wraps
from typing import TypeVarTuple

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.models import Release
from registry.models import RepositoryManifest
from tenants.compiled import compiled

#: A release younger than this is fresh.
FRESH_FOR = timedelta(days=7)
SPDX = "application/spdx+json"
#: Predicate types, as `in-toto.io/predicate-type` names them on what is stored.
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SCAN = "https://in-toto.io/attestation/scai/attribute-report/v0.2"
#: The one annotation that is asked for: a page's manifests have some hundreds.
_PREDICATE = KeyTextTransform("in-toto.io/predicate-type", "manifest__annotations")


Told = TypeVarTuple("Told")


@dataclass(frozen=True, slots=True)
class Hallmark:
    """One mark in the reader's language: `kind` names its shape, `tab` the part of the image page that proves it."""

    kind: str
    word: str
    is_earned: bool
    evidence: str
    tab: str
    #: All of it in one line.
    label: str


def evidence_of(releases: Iterable[Release]) -> Mapping[int, frozenset[str]]:
    """Artifact and predicate types stored beside each release, by release id, in one query."""
    owners: dict[tuple[int, str], int] = {}
    for release in releases:
        for digest in [release.digest, *(item["digest"] for item in release.platforms.values())]:
            owners[release.repository_id, digest] = release.pk
    found: dict[int, set[str]] = defaultdict(set)
    for repository, subject, artifact_type, predicate in _beside([digest for __, digest in owners]):
        if (owner := owners.get((repository, subject))) is not None:
            found[owner] |= {artifact_type, predicate or ""}
    return {owner: frozenset(types) for owner, types in found.items()}


@compiled
def _beside(digests: list[str]) -> QuerySet[RepositoryManifest, tuple[int, str, str, str | None]]:
    """(repository, digest, artifact type, predicate type) of what has one of these for its subject, wherever that is."""
    links = RepositoryManifest.objects.filter(subject__in=digests)
    return links.values_list("repository_id", "subject", "manifest__artifact_type", _PREDICATE)


def hallmarks(release: Release, kinds: frozenset[str]) -> list[Hallmark]:
    """The marks of `release`; `kinds` are the types stored beside it."""
    ran_on = tuple(release.test_summary.get("architectures", []))
    passed, total = (release.test_summary.get(name, 0) for name in ("passed", "total"))
    age = timezone.now() - release.published_at
    return [
        signed(release.signing_key if SIGNATURE in kinds else "", "verify"),
        _tested(passed, total, ran_on, tuple(sorted(set(release.platforms) - set(ran_on))))
        if release.tested == Release.Tested.PASSED
        else _untested(),
        _materials(SPDX in kinds),
        _provenance(PROVENANCE in kinds),
        _fresh(age // timedelta(hours=1), age <= FRESH_FOR),
    ]


def _remembered(make: Callable[[*Told], Hallmark]) -> Callable[[*Told], Hallmark]:
    """Remember what `make` gave, by language: a list has a hundred marks of a dozen kinds."""

    @lru_cache(maxsize=1024)
    def kept(language: str | None, *told: *Told) -> Hallmark:
        return make(*told)

    @wraps(make)
    def given(*told: *Told) -> Hallmark:
        return kept(get_language(), *told)

    return given


def _mark(kind: str, word: str, is_earned: bool, evidence: str, tab: str) -> Hallmark:
    shown = word if is_earned else _("%(mark)s (missing)") % {"mark": word}
    label = _("%(mark)s: %(evidence)s") % {"mark": shown, "evidence": evidence}
    return Hallmark(kind, word, is_earned, evidence, tab, label)


@_remembered
def _materials(is_there: bool) -> Hallmark:
    evidence = _("SPDX 2.3, by digest") if is_there else _("not stored beside this release")
    return _mark("materials", _("Bill of materials"), is_there, evidence, "sbom")


@_remembered
def _provenance(is_there: bool) -> Hallmark:
    evidence = _("SLSA 1, every input by digest") if is_there else _("not stored beside this release")
    return _mark("provenance", _("Provenance"), is_there, evidence, "verify")


@_remembered
def signed(signing_key: str, tab: str) -> Hallmark:
    """The mark of what a key has signed; "" is none. `tab` is where it is verified."""
    key = signing_key.rpartition(":")[2]
    shown = f"{key[:4]}…{key[-4:]}" if len(key) > 12 else key
    evidence = _("key %(key)s, verifies with cosign") % {"key": shown} if signing_key else _("no signature")
    return _mark("signed", _("Signed"), bool(signing_key), evidence, tab)


@_remembered
def _untested() -> Hallmark:
    return _mark("tested", _("Tested"), False, _("published without a sandbox to run it in"), "verify")


@_remembered
def _tested(passed: int, total: int, ran_on: tuple[str, ...], only_seen: tuple[str, ...]) -> Hallmark:
    words = {"passed": passed, "total": total, "where": ", ".join(ran_on)}
    evidence = _("%(passed)s of %(total)s checks, ran on %(where)s") % words
    if only_seen:
        evidence += _("; %(which)s checked without being run") % {"which": ", ".join(only_seen)}
    return _mark("tested", _("Tested"), True, evidence, "verify")


@_remembered
def _fresh(hours: int, is_fresh: bool) -> Hallmark:
    """By the whole hours since it was published."""
    if hours < 1:
        evidence = _("less than an hour old")
    elif hours < 48:
        evidence = _("%(n)s h old") % {"n": hours}
    else:
        evidence = _("%(n)s days old") % {"n": hours // 24}
    if not is_fresh:
        evidence += _("; fresh means at most %(n)s days") % {"n": FRESH_FOR.days}
    return _mark("fresh", _("Fresh"), is_fresh, evidence, "tags")
