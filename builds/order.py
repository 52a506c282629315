"""Order a build: of a tenant's recipe revision, or of a catalogue stream.

Everything is solved before anything is stored. Row, lock, steps and staging are written in one transaction
and a worker is woken after commit. Not in charge of what happens then (`builds.lease`, `builds.publish`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from builds import lease
from builds.engine.lock import Lock
from builds.engine.spec import Spec, SpecMalformed, validate
from builds.models import Build, RecipeRevision
from builds.preview import Preview, PreviewPackage, Solved, preview, release_for, solved
from builds.recipes import name_error, revise
from builds.refusals import FieldError, OrderRefused
from builds.solve import solve
from catalog.models import VersionStream
from registry.models import Repository
from tenants import audit
from tenants.models import Tenant, User

__all__ = [
    "Preview",
    "PreviewPackage",
    "order_golden",
    "order_revision",
    "order_stream",
    "preview",
    "release_for",
]


def order_golden(
    *,
    tenant: Tenant,
    name: str,
    base: VersionStream,
    customisation: Mapping[str, Any],
    actor: str,
    user: User | None = None,
    address: str = "",
) -> Build:
    """Write the answer as a revision of the recipe `name` and order its build, or neither.

    Raises OrderRefused with one entry a field, IndexNotReady.
    """
    errors = [error] if (error := name_error(tenant=tenant, name=name)) else []
    try:
        found = solved(tenant=tenant, base=base, customisation=customisation)
    except OrderRefused as refused:
        raise OrderRefused([*errors, *refused.errors]) from refused
    if errors:
        raise OrderRefused(errors)
    with transaction.atomic():
        revision = revise(
            tenant=tenant, name=name, base=base, customisation=customisation, author=actor, user=user
        )
        return _accept_revision(revision, found, actor=actor, address=address)


def order_revision(*, revision: RecipeRevision, actor: str, address: str = "") -> Build:
    """Build a stored revision again, upon its base as it is now. Raises OrderRefused, IndexNotReady."""
    tenant = revision.recipe.tenant
    found = solved(tenant=tenant, base=revision.base, customisation=revision.customisation)
    with transaction.atomic():
        return _accept_revision(revision, found, actor=actor, address=address)


def order_stream(*, stream: VersionStream, actor: str, reason: str, lock: Lock | None = None) -> Build:
    """Build a catalogue stream from its definition. Raises OrderRefused, IndexNotReady.

    `lock` is what a caller has just solved for the stream's spec.
    """
    spec = spec_of(stream)
    lock = lock or solve(spec=spec)
    with transaction.atomic():
        build = Build.objects.create(
            stream=stream,
            spec=spec.to_json(),
            lock=lock.to_json(),
            tests=stream.tests,
            ordered_by=actor,
            reason=reason[:200],
        )
        audit.record(
            tenant=None,
            actor=actor,
            verb="build.ordered",
            object=str(stream),
            data={"build": str(build.id), "lock": lock.digest, "reason": reason},
        )
        lease.enqueue(build=build)
        return build


def spec_of(stream: VersionStream) -> Spec:
    """The engine's spec of a catalogue stream. Raises OrderRefused when its definition is broken."""
    try:
        spec = Spec.from_json(stream.spec)
    except SpecMalformed as error:
        raise OrderRefused([FieldError(error.field, error.code, error.sentence)]) from error
    if broken := validate(spec):
        raise OrderRefused(FieldError(item.field, item.code, item.sentence) for item in broken)
    return spec


def _accept_revision(revision: RecipeRevision, found: Solved, *, actor: str, address: str) -> Build:
    tenant = revision.recipe.tenant
    Repository.objects.get_or_create(tenant=tenant, name=revision.recipe.name)
    build = Build.objects.create(
        tenant=tenant,
        revision=revision,
        spec=found.spec.to_json(),
        lock=found.lock.to_json(),
        tests=found.tests,
        ordered_by=actor,
    )
    audit.record(
        tenant=tenant,
        actor=actor,
        verb="build.ordered",
        object=revision.recipe.name,
        address=address,
        data={"build": str(build.id), "revision": revision.number, "lock": found.lock.digest},
    )
    lease.enqueue(build=build)
    return build
