"""Accept what a rebuild's packages can newly do: order the same image again, in a person's name.

The release that comes of it is the new measure. Not in charge of what is held back (`builds.capabilities`), nor of who
may accept it (the doors).
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import transaction

from builds.capabilities import AUTOMATIC, HELD
from builds.models import Build
from builds.order import order_stream
from tenants import audit


class CannotAccept(ValueError):
    """The build was not held back, or what it was held back for is settled."""

    code: ClassVar[str] = "build-not-held"


def is_settled(held: Build) -> bool:
    """Whether a later build of the same stream is on its way, or was published."""
    later = Build.objects.filter(stream=held.stream_id, ordered_at__gt=held.ordered_at)
    return later.exclude(state__in=[Build.State.FAILED, Build.State.CANCELLED]).exists()


@transaction.atomic
def accept(*, build_id: UUID, actor: str, address: str = "") -> Build:
    """Order the stream of a held build again in `actor`'s name. Raises CannotAccept, OrderRefused, IndexNotReady.

    The held row is locked, so that of two who accept it at once only one orders.
    """
    if not actor.strip() or actor == AUTOMATIC:
        raise CannotAccept("Say who accepts it; that cannot be the platform itself.")
    locked = Build.objects.select_for_update(of=("self",)).select_related("stream__image")
    held = locked.filter(pk=build_id, error_code=HELD, stream__isnull=False).first()
    if held is None or held.stream is None:
        raise CannotAccept("There is no build of that id that was held back for its capabilities.")
    if is_settled(held):
        raise CannotAccept("A later build of this image is on its way, or published. Look at that one.")
    reason = f"capabilities of build {held.pk} accepted"
    ordered = order_stream(stream=held.stream, actor=actor, reason=reason)
    audit.record(
        tenant=None,
        actor=actor,
        verb="build.accepted",
        object=str(held.stream),
        address=address,
        data={"build": str(held.pk), "ordered": str(ordered.pk), "held": held.error[:2000]},
    )
    return ordered
