"""Which repository a caller reads or writes at a place. Rights first, then what exists."""

from __future__ import annotations

from registry import memory, repositories, visibility
from registry.callers import Caller
from registry.errors import Denied, NameUnknown, Unauthorized
from registry.models import Repository
from registry.places import Place
from tenants.models import Tenant


def _look_up(about: tuple[Tenant | None, str]) -> visibility.View | None:
    return visibility.find(tenant=about[0], name=about[1])


_find = memory.remembering(_look_up)


def readable(caller: Caller, place: Place) -> visibility.View:
    """What may be pulled at a place. Raises Unauthorized (ask with credentials) or NameUnknown."""
    if not caller.is_asked_for("pull", place.wire):
        raise Unauthorized
    if caller.may("pull", place):
        if place.staging is not None and caller.staging is not None:
            return visibility.View(caller.staging)
        view = _find((place.tenant, place.name))
        if view is not None:
            return view
        raise NameUnknown
    view = public(place)
    if view is not None:
        return view
    raise Unauthorized if caller.is_anonymous else NameUnknown


def public(place: Place) -> visibility.View | None:
    """What anyone may pull there: what the tenant's name shows, if its repository is public or the tenant open."""
    if place.tenant is None:
        return None
    view = _find((place.tenant, place.name))
    return view if view is not None and (view.repository.is_public or place.tenant.is_open) else None


def writable(caller: Caller, place: Place, action: str = "push") -> Repository:
    """The repository to push to, made when the name is free. Raises Unauthorized, NameUnknown, Denied."""
    if caller.is_anonymous or not caller.is_asked_for(action, place.wire):
        raise Unauthorized
    if place.staging is not None and caller.staging is not None and caller.may(action, place):
        return caller.staging
    token, tenant = caller.token, place.tenant
    if token is None or tenant is None or token.tenant_id != tenant.pk:
        raise NameUnknown
    if not caller.may(action, place):
        raise Denied("The token, or its owner's role, does not allow pushing here.")
    view = _find((tenant, place.name))
    found = view.repository if view is not None and view.grant is None else None
    if found is None:
        repositories.refuse_name(tenant, place.name)
        if action == "delete":
            raise NameUnknown
        return repositories.made(tenant, place.name)
    if not found.is_push_allowed:
        raise Denied("Only builds publish to this repository; choose another name.")
    return found
