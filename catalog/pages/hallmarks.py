"""The five hallmarks of a release, always in the same order, each with its evidence or why it is missing.

Judged from what is stored beside the release, not from what should be there. Not in charge of verifying
signatures: that is for the verifiers a customer runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Release
from registry.models import RepositoryManifest

#: A release younger than this is fresh.
FRESH_FOR = timedelta(days=7)
SPDX = "application/spdx+json"
#: Predicate types, as `in-toto.io/predicate-type` names them on what is stored.
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SCAN = "https://in-toto.io/attestation/scai/attribute-report/v0.2"


@dataclass(frozen=True, slots=True)
class Hallmark:
    """One mark: `kind` names its shape, `tab` the part of the image page that proves it."""

    kind: str
    word: str
    is_earned: bool
    evidence: str
    tab: str

    @property
    def label(self) -> str:
        """All of it in one line."""
        word = self.word if self.is_earned else _("%(mark)s (missing)") % {"mark": self.word}
        return _("%(mark)s: %(evidence)s") % {"mark": word, "evidence": self.evidence}


def evidence_of(releases: Iterable[Release]) -> Mapping[int, frozenset[str]]:
    """Artifact and predicate types stored beside each release, by release id, in one query."""
    owners: dict[tuple[int, str], int] = {}
    for release in releases:
        for digest in [release.digest, *(item["digest"] for item in release.platforms.values())]:
            owners[release.repository_id, digest] = release.pk
    found: dict[int, set[str]] = defaultdict(set)
    links = RepositoryManifest.objects.filter(
        repository__in={repository for repository, _ in owners}, subject__in={digest for _, digest in owners}
    ).values_list("repository_id", "subject", "manifest__artifact_type", "manifest__annotations")
    for repository, subject, artifact_type, notes in links:
        if (owner := owners.get((repository, subject))) is not None:
            found[owner] |= {artifact_type, notes.get("in-toto.io/predicate-type", "")}
    return {owner: frozenset(types) for owner, types in found.items()}


def hallmarks(release: Release, kinds: frozenset[str]) -> list[Hallmark]:
    """The marks of `release`; `kinds` are the types stored beside it."""
    return [
        _signed(release, kinds),
        _tested(release),
        _stored("materials", _("Bill of materials"), SPDX in kinds, _("SPDX 2.3, by digest"), "sbom"),
        _stored(
            "provenance", _("Provenance"), PROVENANCE in kinds, _("SLSA 1, every input by digest"), "verify"
        ),
        _fresh(release),
    ]


def _stored(kind: str, word: str, is_there: bool, evidence: str, tab: str) -> Hallmark:
    return Hallmark(kind, word, is_there, evidence if is_there else _("not stored beside this release"), tab)


def _signed(release: Release, kinds: frozenset[str]) -> Hallmark:
    is_there = bool(release.signing_key) and SIGNATURE in kinds
    key = release.signing_key.rpartition(":")[2]
    shown = f"{key[:4]}…{key[-4:]}" if len(key) > 12 else key
    evidence = _("key %(key)s, verifies with cosign") % {"key": shown} if is_there else _("no signature")
    return Hallmark("signed", _("Signed"), is_there, evidence, "verify")


def _tested(release: Release) -> Hallmark:
    if release.tested != Release.Tested.PASSED:
        reason = _("published without a sandbox to run it in")
        return Hallmark("tested", _("Tested"), False, reason, "verify")
    summary = release.test_summary
    words = {
        "passed": summary.get("passed", 0),
        "total": summary.get("total", 0),
        "where": ", ".join(summary.get("architectures", [])),
    }
    evidence = _("%(passed)s of %(total)s checks, ran on %(where)s") % words
    if only_seen := sorted(set(release.platforms) - set(summary.get("architectures", []))):
        evidence += _("; %(which)s checked without being run") % {"which": ", ".join(only_seen)}
    return Hallmark("tested", _("Tested"), True, evidence, "verify")


def _fresh(release: Release) -> Hallmark:
    old = timezone.now() - release.published_at
    is_fresh = old <= FRESH_FOR
    if old < timedelta(hours=1):
        evidence = _("less than an hour old")
    elif old < timedelta(days=2):
        evidence = _("%(n)s h old") % {"n": int(old.total_seconds() // 3600)}
    else:
        evidence = _("%(n)s days old") % {"n": old.days}
    if not is_fresh:
        evidence += _("; fresh means at most %(n)s days") % {"n": FRESH_FOR.days}
    return Hallmark("fresh", _("Fresh"), is_fresh, evidence, "tags")
