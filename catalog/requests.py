"""Requests for access: a tenant asks, takes back; the platform grants or declines. Each step is audited.

Not in charge of what a granted request gives (`catalog.offer.entitle`) nor of who may ask or decide.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog import offer, search
from catalog.models import AccessRequest, Image
from tenants import audit
from tenants.compiled import compiled
from tenants.models import Tenant, User

State = AccessRequest.State


class NotToBeHad(LookupError):
    """The tenant has the image already, or it is not one that may be asked for."""

    code = "image-not-available"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not an image that you may ask for.")


class AlreadyDecided(Exception):
    """Somebody else answered the request first, or the tenant took it back."""

    code = "request-decided"

    def __init__(self, request: AccessRequest) -> None:
        super().__init__(f"This request is {request.get_state_display()} already.")


@transaction.atomic
def ask(*, tenant: Tenant, name: str, actor: User, reason: str = "", address: str = "") -> AccessRequest:
    """Ask for the available image `name`; an open request for it is given back as it is. Raises NotToBeHad."""
    image = search.available_to(tenant).filter(name=name).first()
    if image is None:
        raise NotToBeHad(name)
    request, is_new = AccessRequest.objects.get_or_create(
        tenant=tenant,
        image=image,
        state=State.OPEN,
        defaults={"reason": reason.strip()[:300], "asked_by": _name(actor), "asked_at": timezone.now()},
    )
    if is_new:
        _record(request, actor, "access.requested", address, {"reason": request.reason})
    return request


@transaction.atomic
def take_back(*, request: AccessRequest, actor: User, address: str = "") -> None:
    """The tenant no longer asks. Raises AlreadyDecided."""
    _decide(request, State.WITHDRAWN, actor, "")
    _record(request, actor, "access.withdrawn", address, {})


@transaction.atomic
def grant(*, request: AccessRequest, actor: User, answer: str = "", address: str = "") -> None:
    """Entitle the tenant to the image. Raises AlreadyDecided."""
    _decide(request, State.GRANTED, actor, answer)
    offer.entitle(tenant=request.tenant, image=request.image)
    _record(request, actor, "access.granted", address, {"answer": request.answer})


@transaction.atomic
def decline(*, request: AccessRequest, actor: User, answer: str = "", address: str = "") -> None:
    """Refuse, with a reason for the tenant. Raises AlreadyDecided."""
    _decide(request, State.DECLINED, actor, answer)
    _record(request, actor, "access.declined", address, {"answer": request.answer})


def latest(*, tenant: Tenant, images: Iterable[Image]) -> dict[int, AccessRequest]:
    """The tenant's last request for each of `images`, by image id, in one query."""
    found = _asked_for(tenant.pk, [image.pk for image in images])
    return {request.image_id: request for request in found}


@compiled
def _asked_for(tenant: int, images: list[int]) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(tenant=tenant, image__in=images).order_by("asked_at")


def _decide(request: AccessRequest, state: str, actor: User, answer: str) -> None:
    """Compare and set: of two who answer at once, one is refused."""
    decided = {
        "state": state,
        "answer": answer.strip()[:300],
        "decided_by": _name(actor),
        "decided_at": timezone.now(),
    }
    if not AccessRequest.objects.filter(pk=request.pk, state=State.OPEN).update(**decided):
        request.refresh_from_db()
        raise AlreadyDecided(request)
    request.refresh_from_db()


def _record(request: AccessRequest, actor: User, verb: str, address: str, data: dict[str, str]) -> None:
    audit.record(
        tenant=request.tenant,
        actor=actor,
        verb=verb,
        object=request.image.name,
        address=address,
        data={key: value for key, value in data.items() if value},
    )


def _name(actor: User) -> str:
    return str(actor.email or actor.directory_login or actor.login)[:254]
