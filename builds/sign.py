"""Sign what a build made, then publish it. Runs in the signer, which alone reads private keys.

It takes only a build id. Everything it claims comes from the order and the registry (`builds.earned`), and
everything is stored in the build's staging before a tag moves (`builds.publish`). Signing twice writes the
same bytes. Not in charge of the forms (`builds.signing`) or the claims (`builds.attest`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from builds import lease, states
from builds.attest import provenance, scan, testresult
from builds.attest.spdx import spdx_document
from builds.attest.subject import Facts
from builds.earned import NotEarned, Outcome, judge
from builds.models import Build, BuildStep
from builds.publish import is_released, publish, target_of
from builds.signing import forms, ring
from builds.signing.key import Signer
from builds.signing.store import (
    PREDICATE_ANNOTATION,
    Claim,
    Shelf,
    Subject,
    put_attestations,
    put_bundle,
    put_referrer,
    put_signature,
    statement_of,
)
from catalog.evidence import SPDX_TYPE, STATEMENT_TYPE
from registry.errors import QuotaExceeded
from registry.models import Manifest, Repository
from registry.staging import name_of

logger = logging.getLogger(__name__)
SPDX_PREDICATE = "https://spdx.dev/Document"


def sign(*, build_id: UUID) -> Build | None:
    """Judge, sign and publish one build; None when there is nothing to sign.

    A result that was not earned ends the build as failed. A fault of ours leaves it to another attempt.
    """
    build = _begin(build_id)
    if build is None:
        return None
    try:
        outcome = judge(build, _staging_of(build))
        if not is_released(build):
            count = _sign_all(build, outcome)
            _say(build, "sign", BuildStep.State.DONE, f"{count} signatures and attestations")
        else:
            _say(build, "sign", BuildStep.State.SKIPPED, "Same digest as a signed release")
        return publish(build_id=build_id, outcome=outcome)
    except NotEarned as refused:
        return _end(build_id, code=refused.code, sentence=refused.sentence)
    except QuotaExceeded as full:
        return _end(build_id, code="quota-exceeded", sentence=str(full))
    except Exception:
        logger.exception("signing %s", build_id)
        return _retry_later(build_id)


@transaction.atomic
def _begin(build_id: UUID) -> Build | None:
    build = Build.objects.select_for_update().filter(pk=build_id, state=Build.State.SIGNING).first()
    if build is None:
        return None  # published, cancelled or failed since the message was sent
    build.lease_expires_at = timezone.now() + lease.queue_patience()
    build.save(update_fields=["lease_expires_at"])
    states.mark(build, "sign", BuildStep.State.RUNNING)
    return build


def _staging_of(build: Build) -> Repository:
    return Repository.objects.get(name=name_of(build.id), is_staging=True)


def _say(build: Build, step: str, state: str, summary: str) -> None:
    with transaction.atomic():
        states.mark(build, step, state, summary)


@transaction.atomic
def _end(build_id: UUID, *, code: str, sentence: str) -> Build:
    build = Build.objects.select_for_update().get(pk=build_id)
    if not build.has_ended:
        states.write_lines(build, [(timezone.now(), "sign", sentence)])
        states.fail(build, code=code, sentence=sentence, is_fault=False)
    return build


@transaction.atomic
def _retry_later(build_id: UUID) -> Build:
    build = Build.objects.select_for_update().get(pk=build_id)
    sentence = "Signing or publishing met a fault of ours."
    build.attempt += 1
    if build.attempt > states.MAX_ATTEMPTS:
        states.fail(build, code="signing-fault", sentence=sentence, is_fault=False)
    else:
        states.write_lines(build, [(timezone.now(), "sign", f"{sentence} It is tried again.")])
        build.lease_expires_at = timezone.now() + timedelta(seconds=2**build.attempt)
    build.save(update_fields=["attempt", "lease_expires_at"])
    return build


def _sign_all(build: Build, outcome: Outcome) -> int:
    """Write all evidence of the index and of every platform into staging; give how many signatures."""
    facts = facts_of(build, outcome)
    shelf = Shelf(_staging_of(build), facts.reported_at)
    own = ring.signing_key(build.tenant)
    # The vendor countersigns what it built for a tenant, so that its one key approves all a host serves.
    signers: list[Signer] = [own] if build.tenant is None else [own, ring.signing_key(None)]
    everywhere = tuple(sorted(outcome.platforms))
    count = _sign_one(shelf, facts, outcome.index, everywhere, signers)
    for architecture, platform in outcome.platforms.items():
        count += _sign_one(shelf, facts, platform.manifest, (architecture,), signers)
    return count


def _sign_one(
    shelf: Shelf, facts: Facts, manifest: Manifest, architectures: tuple[str, ...], signers: Sequence[Signer]
) -> int:
    subject = Subject(manifest.digest, manifest.media_type, manifest.size)
    spdx = Claim(SPDX_PREDICATE, spdx_document(facts, digest=subject.digest, architectures=architectures))
    stated = _stated(facts, architectures)
    claims = [stated[0], spdx, *stated[1:]]
    put_referrer(shelf, subject=subject, content=forms.compact(spdx.predicate), artifact_type=SPDX_TYPE)
    for claim in stated:
        put_referrer(
            shelf,
            subject=subject,
            content=statement_of(subject, claim),
            artifact_type=STATEMENT_TYPE,
            annotations={PREDICATE_ANNOTATION: claim.predicate_type},
        )
    for claim in claims:
        put_bundle(shelf, subject=subject, claim=claim, signer=signers[0])
    put_attestations(shelf, subject=subject, claims=claims, signer=signers[0])
    for signer in signers:
        put_bundle(shelf, subject=subject, claim=Claim(forms.SIGNED_IMAGE, {}), signer=signer)
    put_signature(shelf, subject=subject, reference=facts.name, signers=signers)
    return 2 * len(claims) + 2 * len(signers)


def _stated(facts: Facts, architectures: tuple[str, ...]) -> list[Claim]:
    """What is claimed as in-toto statements, provenance first."""
    claims = [
        Claim(provenance.PREDICATE_TYPE, provenance.provenance_predicate(facts, architectures=architectures)),
        Claim(
            testresult.PREDICATE_TYPE, testresult.test_result_predicate(facts, architectures=architectures)
        ),
    ]
    if scan.is_scanned(facts):
        claims.append(Claim(scan.PREDICATE_TYPE, scan.scan_predicate(facts, architectures=architectures)))
    return claims


def facts_of(build: Build, outcome: Outcome) -> Facts:
    """Everything the documents say, from the order and the registry."""
    reported = datetime.strptime(build.result["reported_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    pieces = {
        (str(piece.get("platform")), str(piece["name"])): piece
        for piece in build.result.get("packages") or []
    }
    return Facts(
        name=target_of(build).name,
        build=str(build.id),
        spec=build.spec,
        lock=outcome.lock,
        pieces=pieces,
        tests=build.result.get("tests") or {},
        origin=_origin(build),
        started_at=build.started_at or build.ordered_at,
        reported_at=reported,
        portal=f"{settings.PORTAL_SCHEME}://{settings.PORTAL_HOST}",
        scan=build.result.get("scan") or {},
    )


def _origin(build: Build) -> dict[str, Any]:
    if build.revision is not None:
        revision = build.revision
        return {
            "recipe": revision.recipe.name,
            "revision": revision.number,
            "base": str(revision.base),
            "customisation": revision.customisation,
        }
    return {"image": build.stream.image.name, "stream": build.stream.name}  # type: ignore[union-attr]
